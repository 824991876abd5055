import assert from "node:assert/strict";
import { join } from "node:path";
import { runProgram } from "../../scripts/images/mod.ts";
import { makeGrowableImage } from "./support/growable_image.ts";
import { runSnapvm } from "./support/snapvm.ts";
import { test } from "./support/test.ts";

const MIB = 2 ** 20;

// It runs in the guest, as soon as that is up.
const SCRIPT = `
cat "/data/a name" /data/link /data/inner/text
echo from the guest >"/data/new: file"
stat -c '%u:%g %a' "/data/new: file"
for file in /data/inner/text /data/inner/new; do
  echo no 2>/dev/null >$file || echo refused
done
mount -o remount,rw /data/inner
echo no 2>/dev/null >/data/inner/new || echo refused
for disk in vda vdb vdc vdd; do
  echo $disk $(cat /sys/block/$disk/serial) $(cat /sys/block/$disk/ro)
done
grep -c vdd /proc/swaps
df -m / | awk '$6 == "/" { print ($2 > 900) }'
head -c 4 /dev/vdc
echo
mkdir /mnt/disk && mount /dev/vdb /mnt/disk && echo kept >/mnt/disk/file
`;

test("a guest has folders, disks, swap space and a larger root, and what it writes is there afterwards", async ({ backend }) => {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    const image = await makeGrowableImage(folder);
    const data = join(folder, "a folder: with, all");
    const inner = join(folder, "inner");
    for (const each of [data, inner]) await Deno.mkdir(each);
    await Deno.writeTextFile(join(data, "a name"), "from the host\n");
    await Deno.symlink("a name", join(data, "link"));
    await Deno.writeTextFile(join(inner, "text"), "inner\n");
    const disk = join(folder, "disk: one");
    await Deno.writeFile(disk, new Uint8Array());
    await Deno.truncate(disk, 16 * MIB);
    await runProgram("mke2fs", ["-q", "-F", "-t", "ext4", disk]);
    const other = join(folder, "other");
    await Deno.writeFile(other, new TextEncoder().encode("read".padEnd(MIB)));
    const { status, stdout, stderr, leftBehind } = await runSnapvm([
      ...["run", "--backend", backend.name, "--timing"],
      ...["--cpus", "1", "--memory", "512M"],
      ...["-v", `${data}:/data`, "-v", `${inner}:/data/inner:ro`],
      ...["--disk", `${disk}:rw`, "--disk", `${other}:ro:my-disk`],
      ...["--swap", "32M", "--disk-size", "1G", image, "--", "sh", "-c", SCRIPT],
    ], { env: backend.env });
    assert.deepEqual({ stdout: stdout.split("\n"), status, leftBehind }, {
      stdout: [
        ...["from the host", "from the host", "inner", "0:0 644", "refused", "refused", "refused"],
        ...["vda root 0", "vdb disk1 0", "vdc my-disk 1", "vdd swap 0"],
        ...["1", "1", "read", ""],
      ],
      status: 0,
      leftBehind: [],
    }, stderr);
    assert.doesNotMatch(stderr, /9p/);
    assert.equal(await Deno.readTextFile(join(data, "new: file")), "from the guest\n");
    assert.equal(await Deno.readTextFile(join(inner, "text")), "inner\n");
    // The guest wrote all that it held, and powered off with the disk mounted: there is a journal to be replayed.
    await runProgram("sh", ["-c", 'e2fsck -fp "$0" || [ $? = 1 ]', disk]);
    await runProgram("e2fsck", ["-fn", disk]);
    assert.equal(await runProgram("debugfs", ["-R", "cat /file", disk]), "kept\n");
    assert.equal((await Deno.stat(image)).size, 256 * MIB);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
