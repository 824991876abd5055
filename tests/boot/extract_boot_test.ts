import assert from "node:assert/strict";
import { join } from "node:path";
import {
  chooseKernel,
  describeKernel,
  extractBoot,
  findKernels,
  HostFolder,
} from "../../lib/boot/mod.ts";
import { hasCode } from "../../lib/error/mod.ts";
import { arm64Image, bzImage, compress, noise, zboot } from "./support/kernels.ts";
import { withFolder } from "./support/programs.ts";
import { plant, type Tree } from "./support/trees.ts";
import { uki } from "./support/ukis.ts";

const INITRAMFS = noise(2_500_003, 7);
const IMAGE = arm64Image();
const ZBOOT = zboot("zstd", await compress("zstd", IMAGE));

async function extract(tree: Tree, options?: Parameters<typeof extractBoot>[3]) {
  return await withFolder(async (folder) => {
    await plant(folder, tree);
    const out = join(folder, "out");
    await Deno.mkdir(out);
    const root = new HostFolder(folder);
    const chosen = chooseKernel(await findKernels(root));
    const described = await describeKernel(root, chosen);
    const files = await extractBoot(root, chosen, out, options);
    const { kernel, kernelSize, initramfs, ...rest } = files;
    assert.deepEqual(described, rest);
    assert.equal(kernel, join(out, "kernel"));
    assert.equal(kernelSize, (await Deno.stat(kernel)).size);
    const names = (await Array.fromAsync(Deno.readDir(out))).map(({ name }) => name).sort();
    if (initramfs === undefined) {
      assert.deepEqual(names, ["kernel"]);
      return { ...rest, kernel: await Deno.readFile(kernel), initramfs: undefined };
    }
    assert.equal(initramfs, join(out, "initramfs"));
    assert.equal(rest.initramfsSize, (await Deno.stat(initramfs)).size);
    assert.deepEqual(names, ["initramfs", "kernel"]);
    return {
      ...rest,
      kernel: await Deno.readFile(kernel),
      initramfs: await Deno.readFile(initramfs),
    };
  });
}

Deno.test("extractBoot() copies a kernel that needs no unpacking, and its initramfs", async () => {
  const kernel = bzImage({ size: 3_000_000 - 3_000_000 % 16 });
  assert.deepEqual(
    await extract({
      "boot/vmlinuz-6.1.0-1-test": kernel,
      "boot/initrd.img-6.1.0-1-test": INITRAMFS,
    }, { architecture: "x86_64", durable: true }),
    {
      kernel,
      initramfs: INITRAMFS,
      initramfsSize: INITRAMFS.length,
      architecture: "x86_64",
      format: "x86 bzImage",
      version: "6.1.0-1-test",
    },
  );
});

Deno.test("extractBoot() unpacks a kernel", async () => {
  assert.deepEqual(
    await extract({
      "usr/lib/modules/6.12.0/vmlinuz": ZBOOT,
      "usr/lib/modules/6.12.0/initramfs.img": INITRAMFS,
    }, { architecture: "aarch64" }),
    {
      kernel: IMAGE,
      initramfs: INITRAMFS,
      initramfsSize: INITRAMFS.length,
      architecture: "aarch64",
      format: "zboot zstd → arm64 Image",
      version: "6.12.0",
    },
  );
});

Deno.test("extractBoot() takes a UKI apart and joins the parts of its initramfs", async () => {
  const microcode = noise(513, 4);
  const second = noise(1001, 5);
  const extracted = await extract({
    "boot/EFI/Linux/a.efi": await uki([
      [".osrel", "ID=test\n"],
      [".uname", "6.12.0-test"],
      [".cmdline", "quiet"],
      [".initrd", INITRAMFS],
      [".initrd", second],
      [".ucode", microcode],
      [".linux", ZBOOT],
    ]),
  });
  const joined = await new Blob([
    microcode,
    new Uint8Array(3),
    INITRAMFS,
    new Uint8Array(1),
    second,
  ]).bytes();
  assert.deepEqual(extracted, {
    kernel: IMAGE,
    initramfs: joined,
    initramfsSize: joined.length,
    architecture: "aarch64",
    format: "UKI → zboot zstd → arm64 Image",
    version: "6.12.0-test",
    commandLine: "quiet",
    osRelease: "ID=test\n",
  });
});

Deno.test("extractBoot() takes a UKI without an initramfs", async () => {
  const kernel = bzImage();
  const extracted = await extract({ "boot/EFI/Linux/a.efi": await uki([[".linux", kernel]]) });
  assert.equal(extracted.initramfs, undefined);
  assert.equal(extracted.initramfsSize, 0);
  assert.deepEqual(extracted.kernel, kernel);
});

Deno.test("extractBoot() refuses a kernel for another machine, and writes nothing", async () => {
  const rows = [
    [ZBOOT, "x86_64", "aarch64", "linux/arm64"],
    [bzImage(), "aarch64", "x86_64", "linux/amd64"],
  ] as const;
  for (const [kernel, architecture, found, platform] of rows) {
    await withFolder(async (folder) => {
      await plant(folder, {
        "boot/vmlinuz-6.1": kernel,
        "boot/initrd.img-6.1": "i",
        "out/none": "",
      });
      const root = new HostFolder(folder);
      const chosen = chooseKernel(await findKernels(root));
      const extracting = extractBoot(root, chosen, join(folder, "out"), { architecture });
      await assert.rejects(extracting, (error) => {
        assert.ok(hasCode(error, "wrong-machine"));
        assert.equal(
          error.message,
          `Cannot start /boot/vmlinuz-6.1 on a machine with an ${architecture} processor: ` +
            `it is a kernel for ${found}`,
        );
        assert.equal(error.data.platform, platform);
        return true;
      });
      const left = await Array.fromAsync(Deno.readDir(join(folder, "out")));
      assert.deepEqual(left.map(({ name }) => name), ["none"]);
    });
  }
});

Deno.test("extractBoot() starts a kernel of 32 bits on an x86_64 machine", async () => {
  const tree = { "boot/vmlinuz-6.1": bzImage({ is64: false }), "boot/initrd.img-6.1": "i" };
  assert.equal((await extract(tree, { architecture: "x86_64" })).architecture, "i386");
});
