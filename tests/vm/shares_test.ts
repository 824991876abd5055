import assert from "node:assert/strict";
import { join } from "node:path";
import { type Backend, createQemuBackend } from "../../lib/vm/mod.ts";
import { runProgram } from "../../scripts/images/mod.ts";
import { childProcesses } from "../host/support/processes_of.ts";
import { doubleBackend } from "./support/double_backend.ts";
import { temporaryFolder } from "./support/temporary_folder.ts";
import { readText, startTinyGuest } from "./support/tiny_guest.ts";

const MIB = 2 ** 20;

/** Maps a file that it may write to into its memory, and changes its first byte there. Needs no library. */
const MMAP_C = `
static long call(long n, long a, long b, long c, long d, long e, long f) {
  register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
  long result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}
void _start(void) {
  long file = call(2, (long)"mapped", 2, 0, 0, 0, 0);
  char *bytes = (char *)call(9, 0, 4096, 3, 1, file, 0);
  if ((unsigned long)bytes > -4096UL) call(60, 1, 0, 0, 0, 0, 0);
  bytes[0] = 'M';
  call(26, (long)bytes, 4096, 4, 0, 0, 0);
  call(60, 0, 0, 0, 0, 0, 0);
}
`;

interface Row {
  readonly name: string;
  readonly backend: () => Backend;
  readonly attachConsole: string;
}

const RAW = "stty raw -echo;";

const ROWS: readonly Row[] = [
  {
    name: "qemu",
    backend: () => createQemuBackend({}),
    attachConsole: RAW,
  },
  {
    name: "vz",
    backend: () => doubleBackend({}),
    attachConsole: `exec <>/dev/hvc0 >&0 2>&0; ${RAW}`,
  },
];

const SCRIPT = `
load virtiofs
mkdir /rw /ro
mount -t virtiofs rw /rw && mount -t virtiofs ro /ro || echo no share
cat "/rw/a name: with, all" /ro/text
readlink /rw/link
cd /rw
cat link
echo from the guest >"new: file"
mkdir folder && touch folder/x && mv folder other
chmod 640 "new: file"
[ "$(stat -c %u:%g "new: file")" = 0:0 ] && echo owned
printf mapped >mapped
./mmap && head -c 6 mapped && echo
echo no >/ro/text
mount -o remount,rw /ro
echo no >/ro/text
touch /ro/new
rm /ro/text
ls /rw/.. | grep -c secret
df /rw >/dev/null && echo space
for disk in vda vdb vdc vdd; do
  echo $disk $(cat /sys/block/$disk/serial) $(cat /sys/block/$disk/ro) $(cat /sys/block/$disk/size)
done
head -c 4 /dev/vdb; echo
printf back | dd of=/dev/vdb bs=1 seek=100 conv=notrunc,fsync 2>/dev/null
head -c 4 /dev/vdc; echo
printf back | dd of=/dev/vdc conv=notrunc,fsync 2>/dev/null || echo refused
swapon /dev/vdd && tail -n +2 /proc/swaps | cut -c 1-8
cd /
umount /rw && umount /ro && echo unmounted
poweroff -f
`;

Deno.test("a guest has folders, files and swap space of the host", async (t) => {
  await using tools = await temporaryFolder();
  const mmap = join(tools.path, "mmap");
  await Deno.writeTextFile(`${mmap}.c`, MMAP_C);
  await runProgram("clang-19", [
    ...["-O1", "-nostdlib", "-static", "-ffreestanding", "-fno-stack-protector"],
    ...["-o", mmap, `${mmap}.c`],
  ]);
  for (const { name, backend, attachConsole } of ROWS) {
    await t.step(name, async () => {
      await using folder = await temporaryFolder();
      const path = await Deno.realPath(folder.path);
      const [rw, ro, machineFolder] = ["a folder, with: all", "ro", "machine"]
        .map((each) => join(path, each)) as [string, string, string];
      for (const each of [rw, ro, machineFolder]) await Deno.mkdir(each);
      await Deno.writeTextFile(join(path, "secret"), "");
      await Deno.writeTextFile(join(rw, "a name: with, all"), "from the host\n");
      await Deno.symlink("a name: with, all", join(rw, "link"));
      await Deno.copyFile(mmap, join(rw, "mmap"));
      await Deno.writeTextFile(join(ro, "text"), "read me\n");
      const root = join(path, "root");
      await Deno.writeFile(root, new TextEncoder().encode("root".padEnd(MIB, "x")));
      const raw = join(path, "a, disk: raw");
      await Deno.writeFile(raw, new TextEncoder().encode("raw ".padEnd(MIB, "x")));
      const second = join(path, "second");
      await Deno.writeFile(second, new TextEncoder().encode("two ".padEnd(MIB, "x")));
      const swap = join(path, "swap");
      await Deno.writeFile(swap, new Uint8Array(MIB));
      await runProgram("mkswap", [swap]);
      const said: string[] = [];
      await using machine = await startTinyGuest(
        machineFolder,
        `${attachConsole}${SCRIPT}`,
        {
          backend: backend(),
          onNotice: (notice) => said.push(notice),
          machine: {
            disks: [{ source: root, serial: "root", readOnly: false, patches: [], size: 3 * MIB }],
            attachedDisks: [
              { path: raw, format: "raw", serial: "disk1", readOnly: false },
              { path: second, format: "raw", serial: "my-serial", readOnly: true },
              { path: swap, format: "raw", serial: "swap", readOnly: false },
            ],
            shares: [
              { source: rw, tag: "rw", readOnly: false },
              { source: ro, tag: "ro", readOnly: true },
            ],
          },
        },
      );
      const text = await readText(machine.console.readable);
      const lines = text.split("\n").filter((line) => !/^\[ *[0-9.]+\]/.test(line));
      assert.deepEqual(lines.slice(lines.indexOf("from the host")), [
        ...["from the host", "read me", "a name: with, all", "from the host", "owned"],
        "Mapped",
        "/init: /script: line 15: can't create /ro/text: Read-only file system",
        "/init: /script: line 17: can't create /ro/text: Read-only file system",
        "touch: /ro/new: Read-only file system",
        "rm: can't remove '/ro/text': Read-only file system",
        ...["0", "space"],
        ...["vda root 0 6144", "vdb disk1 0 2048", "vdc my-serial 1 2048", "vdd swap 0 2048"],
        ...["raw ", "two ", "refused", "/dev/vdd", "unmounted", ""],
      ]);
      assert.deepEqual(said.filter((notice) => notice.includes("9p")), []);
      assert.deepEqual(await machine.ended, { reason: "power-off" });
      const kept = (file: string) => Deno.readTextFileSync(file);
      assert.equal(kept(join(rw, "new: file")), "from the guest\n");
      const { uid, gid, mode } = await Deno.stat(join(rw, "new: file"));
      assert.deepEqual([uid, gid, mode! & 0o777], [0, 0, 0o640]);
      assert.equal(kept(join(rw, "mapped")), "Mapped");
      assert.ok((await Deno.stat(join(rw, "other/x"))).isFile);
      assert.equal(kept(join(ro, "text")), "read me\n");
      assert.deepEqual([...Deno.readDirSync(ro)].length, 1);
      assert.equal(kept(raw).slice(95, 105), "xxxxxbackx");
      assert.equal(kept(second).indexOf("back"), -1);
      assert.equal(kept(root).length, MIB, "the clone is larger, not the source");
      assert.deepEqual(await childProcesses(), []);
      assert.deepEqual([...machine.shareTypes!], [["rw", "virtiofs"], ["ro", "virtiofs"]]);
    });
  }
});

Deno.test("qemu: without a virtiofsd folders are shared by 9p, which is said", async () => {
  await using folder = await temporaryFolder();
  const shared = join(folder.path, "a, b");
  const machineFolder = join(folder.path, "machine");
  await Deno.mkdir(shared);
  await Deno.mkdir(machineFolder);
  const said: string[] = [];
  // This guest's kernel has no driver for it.
  const script = `${RAW}cat /sys/bus/virtio/devices/*/device | grep -c 0x0009; poweroff -f`;
  await using machine = await startTinyGuest(machineFolder, script, {
    backend: createQemuBackend({ virtiofsd: "/nonexistent/virtiofsd" }),
    onNotice: (notice) => said.push(notice),
    machine: {
      shares: [
        { source: shared, tag: "rw", readOnly: false },
        { source: shared, tag: "ro", readOnly: true },
      ],
    },
  });
  assert.match(await readText(machine.console.readable), /^2\n/m);
  assert.deepEqual([...machine.shareTypes!], [["rw", "9p"], ["ro", "9p"]]);
  assert.deepEqual(said, [
    "folders are shared by 9p, which is slower: /nonexistent/virtiofsd does not run",
  ]);
});
