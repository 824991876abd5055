import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { DiskSpecification } from "../../../lib/vm/mod.ts";
import { temporaryFolder } from "../../vm/support/temporary_folder.ts";
import { readText, startTinyGuest } from "../../vm/support/tiny_guest.ts";
import { runProgram } from "../../../scripts/images/mod.ts";

const MIB = 2 ** 20;
const AGENT = fileURLToPath(new URL("../../../lib/guest/agent", import.meta.url));
const MAIN = fileURLToPath(new URL("./support/mount_main.c", import.meta.url));

/** Filesystems that differ in how they grow, by their options for mke2fs. */
const FILESYSTEMS: readonly (readonly string[])[] = [
  [],
  ["-O", "^resize_inode"],
  ["-b", "1024"],
  ["-O", "^has_journal,^resize_inode"],
];

async function compile(program: string, ...options: string[]): Promise<void> {
  await runProgram("clang-19", [
    ...["-std=c11", "-D_GNU_SOURCE", "-O1", "-Wall", "-Wextra", "-Werror"],
    ...["-fsanitize=undefined", "-fsanitize-trap=undefined"],
    ...["-o", program, ...options, MAIN, join(AGENT, "mount.c"), join(AGENT, "text.c")],
  ]);
}

/** Compiles the functions for the host, and gives them and a folder to work in. */
async function withFunctions(
  test: (call: (...words: string[]) => Promise<string>, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    const program = join(folder, "mount_main");
    await compile(program);
    await test((...words) => runProgram(program, words), folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A file as a block device, for as long as `test` runs. */
async function withDevice(path: string, test: (device: string) => Promise<void>): Promise<void> {
  const device = (await runProgram("losetup", ["--find", "--show", path])).trim();
  try {
    await test(device);
  } finally {
    await runProgram("losetup", ["--detach", device]);
  }
}

Deno.test("a guest mounts a share, swaps to a disk and grows its filesystems", async () => {
  await using folder = await temporaryFolder();
  const path = await Deno.realPath(folder.path);
  const [machine, share] = ["machine", "share"].map((name) => join(path, name)) as [string, string];
  for (const each of [machine, share]) await Deno.mkdir(each);
  await compile(join(share, "mount_main"), "-static");
  const swap = join(path, "swap");
  await Deno.writeFile(swap, new Uint8Array(MIB));
  await runProgram("mkswap", [swap]);
  const disks: DiskSpecification[] = [];
  for (const [index, options] of FILESYSTEMS.entries()) {
    const source = join(path, `image${index}`);
    await Deno.writeFile(source, new Uint8Array());
    await Deno.truncate(source, 64 * MIB);
    await runProgram("mke2fs", ["-q", "-F", "-t", "ext4", ...options, source]);
    disks.push({ source, serial: `${index}`, readOnly: false, patches: [], size: 1024 * MIB });
  }
  const script = `stty raw -echo
  load ext4; load virtiofs
  mount -t virtiofs share /modules && cp /modules/mount_main / && umount /modules
  /mount_main mount virtiofs share "/a b/c" && ls "/a b/c"
  /mount_main swap /sys /dev swap && grep -c vde /proc/swaps
  for disk in vda vdb vdc vdd; do
    mkdir /$disk && mount -t ext4 /dev/$disk /$disk && echo kept >/$disk/file
    /mount_main grow /$disk
    /mount_main grow /$disk
    df -m /$disk | awk 'NR == 2 { print ($2 > 900) }'
    umount /$disk && mount -t ext4 /dev/$disk /$disk && cat /$disk/file
    umount /$disk
  done
  /mount_main unmount "/a b/c"
  echo nothing $(ls "/a b/c")
  poweroff -f`;
  await using running = await startTinyGuest(machine, script, {
    machine: {
      disks,
      attachedDisks: [{ path: swap, format: "raw", serial: "swap", readOnly: false }],
      shares: [{ source: share, tag: "share", readOnly: false }],
    },
  });
  const text = await readText(running.console.readable);
  const lines = text.split("\n").filter((line) => !/^\[ *[0-9.]+\]/.test(line));
  assert.deepEqual(lines.slice(lines.indexOf("done")), [
    ...["done", "mount_main", "done", "1"],
    ...FILESYSTEMS.flatMap(() => ["done", "done", "1", "kept"]),
    ...["done", "nothing", ""],
  ]);
  assert.deepEqual(await running.ended, { reason: "power-off" });
  for (const [index, { source }] of disks.entries()) {
    const grown = join(path, "grown");
    const clone = join(machine, `disk${index}.qcow2`);
    await runProgram("qemu-img", ["convert", "-f", "qcow2", "-O", "raw", clone, grown]);
    await runProgram("e2fsck", ["-fn", grown]);
    assert.equal((await Deno.stat(source)).size, 64 * MIB);
  }
});

Deno.test("swap_on_disk() swaps to the disk with the serial number", () =>
  withFunctions(async (call, folder) => {
    const image = join(folder, "image");
    await Deno.writeFile(image, new Uint8Array(MIB));
    await runProgram("mkswap", [image]);
    await withDevice(image, async (device) => {
      const name = device.slice("/dev/".length);
      const sys = join(folder, "sys");
      for (const [disk, serial] of [["other", "root"], [name, "swap"]]) {
        await Deno.mkdir(join(sys, "block", disk!), { recursive: true });
        await Deno.writeTextFile(join(sys, "block", disk!, "serial"), serial!);
      }
      try {
        assert.equal(await call("swap", sys, "/dev", "swap"), "done\n");
        assert.equal(await call("swap", sys, "/dev", "swap"), "done\n");
        assert.ok((await Deno.readTextFile("/proc/swaps")).includes(`${device} `));
      } finally {
        await runProgram("swapoff", [device]);
      }
      await Deno.writeTextFile(join(sys, "block", name, "serial"), "root");
      assert.equal(
        await call("swap", sys, "/dev", "swap"),
        "there is no disk with this serial number: No such file or directory\n",
      );
    });
  }));

Deno.test("mount_share() makes folders and says why it cannot mount", () =>
  withFunctions(async (call, folder) => {
    const path = join(folder, "a/b c/d");
    assert.equal(
      await call("mount", "virtiofs", "tag", path),
      "the guest's kernel has no driver for it: No such device\n",
    );
    assert.ok((await Deno.stat(path)).isDirectory);
    const rows = [
      ["ext4", path, "there are no shares of this type: Invalid argument\n"],
      ["9p", "relative", "the path is not one: Invalid argument\n"],
      ["9p", `/${"x".repeat(4096)}`, "the path is not one: Invalid argument\n"],
      ["9p", "/proc/nothing", "its folder cannot be made: No such file or directory\n"],
      ["9p", "/proc/version", "something else is there: Not a directory\n"],
    ] as const;
    for (const [type, place, says] of rows) {
      assert.equal(await call("mount", type, "tag", place), says);
    }
  }));

Deno.test("unmount_share() takes a mount away that is in use", () =>
  withFunctions(async (call, folder) => {
    const path = join(folder, "mount");
    await Deno.mkdir(path);
    await runProgram("mount", ["-t", "tmpfs", "tmpfs", path]);
    using _file = await Deno.create(join(path, "file"));
    assert.equal(await call("unmount", path), "done\n");
    assert.deepEqual([...Deno.readDirSync(path)], []);
    assert.equal(await call("unmount", path), "it cannot be unmounted: Invalid argument\n");
  }));
