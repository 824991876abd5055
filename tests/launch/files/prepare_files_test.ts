import assert from "node:assert/strict";
import { join } from "node:path";
import { checkDiskSize } from "../../../lib/launch/files/check_disk_size.ts";
import { readIgnition, requireIgnition } from "../../../lib/launch/files/ignition.ts";
import { prepareDisks } from "../../../lib/launch/files/prepare_disks.ts";
import { prepareShares } from "../../../lib/launch/files/prepare_shares.ts";
import { openImage } from "../../../mod.ts";
import { runProgram } from "../../../scripts/images/mod.ts";

const MIB = 2 ** 20;

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("prepareShares() resolves folders and mounts outer ones first", () =>
  inFolder(async (folder) => {
    const odd = join(folder, "a folder, with: all");
    const link = join(folder, "link");
    await Deno.mkdir(odd);
    await Deno.symlink("a folder, with: all", link);
    assert.deepEqual(
      await prepareShares([
        { source: link, path: "/data/inner/" },
        { source: folder, path: "/data", readOnly: true },
        { source: odd, path: "/x/./y z" },
      ]),
      [
        { source: folder, tag: "snapvm.share0", readOnly: true, path: "/data" },
        { source: odd, tag: "snapvm.share1", readOnly: false, path: "/data/inner" },
        { source: odd, tag: "snapvm.share2", readOnly: false, path: "/x/y z" },
      ],
    );
  }));

Deno.test("prepareShares() tells what is wrong before anything starts", () =>
  inFolder(async (folder) => {
    const file = join(folder, "file");
    await Deno.writeTextFile(file, "");
    const missing = join(folder, "missing");
    await assert.rejects(prepareShares([{ source: missing, path: "/m" }]), {
      code: "share-unusable",
      message: `Cannot share ${missing}: there is no such folder`,
      data: { path: missing, reason: "missing" },
    });
    await assert.rejects(prepareShares([{ source: file, path: "/m" }]), {
      code: "share-unusable",
      data: { path: file, reason: "not-a-folder" },
    });
    const twice = [{ source: folder, path: "/m" }, { source: folder, path: "/m/" }];
    await assert.rejects(prepareShares(twice), { code: "place-taken", data: { place: "/m" } });
    await assert.rejects(prepareShares([{ source: folder, path: "m" }]), RangeError);
    await assert.rejects(prepareShares([{ source: folder, path: "/a/.." }]), RangeError);
  }));

Deno.test("prepareDisks() knows raw and qcow2 images by their names and their bytes", () =>
  inFolder(async (folder) => {
    const raw = join(folder, "a: raw, disk");
    const qcow2 = join(folder, "disk.qcow2");
    await Deno.writeFile(raw, new Uint8Array(512));
    await runProgram("qemu-img", ["create", "-q", "-f", "qcow2", qcow2, "10M"]);
    assert.deepEqual(
      await prepareDisks([
        { path: raw },
        { path: qcow2, readOnly: true },
        { path: raw, serial: "data", readOnly: true },
      ]),
      [
        { path: raw, format: "raw", serial: "disk1", readOnly: false },
        { path: qcow2, format: "qcow2", serial: "disk2", readOnly: true },
        { path: raw, format: "raw", serial: "data", readOnly: true },
      ],
    );
  }));

Deno.test("prepareDisks() tells what is wrong before anything starts", async (t) => {
  const convert = (format: string) => async (path: string) => {
    await runProgram("qemu-img", ["create", "-q", "-f", format, path, "10M"]);
  };
  const rows: readonly (readonly [string, string, (path: string) => Promise<unknown>, string])[] = [
    ["nothing", "x", () => Promise.resolve(), "missing"],
    ["a folder", "x", (path) => Deno.mkdir(path), "not-a-file"],
    ["a FIFO", "x", (path) => runProgram("mkfifo", [path]), "not-a-file"],
    ["an empty file", "x", (path) => Deno.writeTextFile(path, ""), "format"],
    ["a qcow2 image that a guest could have made", "disk.img", convert("qcow2"), "disguised"],
    ["no qcow2 image", "disk.qcow2", (path) => Deno.writeTextFile(path, "raw"), "format"],
    ["VMDK", "x", convert("vmdk"), "format"],
    ["VHDX", "x", convert("vhdx"), "format"],
    ["VDI", "x", convert("vdi"), "format"],
    ["VHD", "x", convert("vpc"), "format"],
  ];
  for (const [name, file, make, reason] of rows) {
    await t.step(name, () =>
      inFolder(async (folder) => {
        const path = join(folder, file);
        await make(path);
        await assert.rejects(prepareDisks([{ path }]), {
          code: "disk-unusable",
          data: { path, reason },
        });
      }));
  }
  await t.step("serial numbers that are taken, or none", () =>
    inFolder(async (folder) => {
      const path = join(folder, "disk");
      await Deno.writeFile(path, new Uint8Array(512));
      for (const serial of ["root", "swap", "disk2"]) {
        await assert.rejects(prepareDisks([{ path, serial }, { path }]), {
          code: "place-taken",
          data: { place: serial },
        });
      }
      await assert.rejects(prepareDisks([{ path, serial: "a,b" }]), RangeError);
    }));
});

Deno.test("checkDiskSize() refuses a disk that is smaller than the image, or that the guest cannot use", () =>
  inFolder(async (folder) => {
    const path = join(folder, "snapshot");
    await Deno.writeTextFile(path, "");
    await Deno.truncate(path, 2 * MIB);
    const growable = { features: ["resize_inode", "sparse_super"] };
    const fixed = { features: ["sparse_super2"] };
    assert.equal(await checkDiskSize(path, fixed, undefined), undefined);
    assert.equal(await checkDiskSize(path, fixed, 2 * MIB), undefined);
    assert.equal(await checkDiskSize(path, growable, 3 * MIB), 3 * MIB);
    await assert.rejects(checkDiskSize(path, growable, MIB), {
      code: "disk-too-small",
      message:
        "Cannot make a disk of 1M: the image's has 2M, of which only what is used takes room",
      data: { requested: MIB, minimum: 2 * MIB },
    });
    await assert.rejects(checkDiskSize(path, fixed, 3 * MIB), {
      code: "disk-not-growable",
      message: "Cannot make a disk of 3M: the image's has 2M, and Linux does not grow a " +
        "filesystem with the feature sparse_super2",
      data: { requested: 3 * MIB, size: 2 * MIB, feature: "sparse_super2" },
    });
  }));

Deno.test("readIgnition() reads what Ignition would", () =>
  inFolder(async (folder) => {
    const path = join(folder, "config.ign");
    const rows = [
      ["variant: fcos\n", "not-json"],
      ["null", "no-version"],
      ["{}", "no-version"],
      [`{"ignition":{"version":3}}`, "no-version"],
    ] as const;
    for (const [text, reason] of rows) {
      await Deno.writeTextFile(path, text);
      await assert.rejects(readIgnition(path), {
        code: "ignition-unusable",
        data: { path, reason },
      });
    }
    await Deno.writeTextFile(path, `{"ignition":{"version":"3.3.0"}}`);
    assert.equal((await readIgnition(path)).length, 32);
    const missing = join(folder, "missing.ign");
    await assert.rejects(readIgnition(missing), {
      code: "ignition-unusable",
      message: `Cannot use the Ignition configuration ${missing}: there is no such file`,
    });
  }));

Deno.test("requireIgnition() believes labels and files", async () => {
  using tiny = await openImage("./tests/fixtures/tiny.ext4");
  await requireIgnition(tiny.root, { "coreos.ignition": "1" });
  await requireIgnition(tiny.root, { "com.coreos.osname": "fedora-coreos" });
  await assert.rejects(requireIgnition(tiny.root, { "containers.bootc": "1" }), {
    code: "ignition-not-supported",
  });
});
