import assert from "node:assert/strict";
import { openKernel } from "../../../lib/boot/kernel/open_kernel.ts";
import { hasCode } from "../../../lib/error/mod.ts";
import { arm64Image, bzImage, compress, noise, zboot } from "../support/kernels.ts";
import { filter } from "../support/programs.ts";
import { collect, sourceOf } from "../support/sources.ts";
import { uki } from "../support/ukis.ts";

const IMAGE = arm64Image();
const BZIMAGE = bzImage();
const PATH = "/boot/vmlinuz";

async function unpack(file: Uint8Array<ArrayBuffer>) {
  await using kernel = await openKernel(sourceOf(file), PATH);
  const { architecture, formats, version } = kernel;
  return { architecture, formats, version, bytes: await collect(kernel.read()) };
}

function withTail(bytes: Uint8Array, tail: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(bytes.length + tail.length);
  whole.set(bytes);
  whole.set(tail, bytes.length);
  return whole;
}

const COMPRESSED = {
  gzip: await compress("gzip", IMAGE),
  zstd: await compress("zstd", IMAGE),
  zstd22: await compress("zstd22", IMAGE),
  xzkern: await compress("xzkern", IMAGE),
  lz4: await compress("lz4", IMAGE),
};

/** Files and their formats, outermost first; all of them have the same kernel in them. */
const ARM64: readonly (readonly [file: Uint8Array<ArrayBuffer>, formats: readonly string[]])[] = [
  [IMAGE, ["arm64 Image"]],
  [COMPRESSED.gzip, ["gzip", "arm64 Image"]],
  [COMPRESSED.zstd, ["zstd", "arm64 Image"]],
  [await compress("xz", IMAGE), ["xz", "arm64 Image"]],
  [COMPRESSED.lz4, ["lz4", "arm64 Image"]],
  ...Object.entries(COMPRESSED).map(([type, payload]) =>
    [zboot(type, payload), [`zboot ${type}`, "arm64 Image"]] as const
  ),
  // The build appends the unpacked size, except to gzip; the header does not count it.
  [zboot("zstd22", COMPRESSED.zstd22, 4), ["zboot zstd22", "arm64 Image"]],
  [await compress("gzip", zboot("zstd", COMPRESSED.zstd)), ["gzip", "zboot zstd", "arm64 Image"]],
  [
    await compress("zstd", await compress("gzip", zboot("gzip", COMPRESSED.gzip))),
    ["zstd", "gzip", "zboot gzip", "arm64 Image"],
  ],
];

for (const [file, formats] of ARM64) {
  Deno.test(`openKernel() unpacks ${formats.join(" → ")} of ${file.length} bytes`, async () => {
    const { bytes, ...rest } = await unpack(file);
    assert.deepEqual(rest, { architecture: "aarch64", formats, version: undefined });
    assert.deepEqual(bytes, IMAGE);
  });
}

Deno.test("openKernel() leaves an x86 kernel as it is and reads its version", async () => {
  const expected = { architecture: "x86_64", formats: ["x86 bzImage"], version: "6.1.0-1-test" };
  assert.deepEqual(await unpack(BZIMAGE), { ...expected, bytes: BZIMAGE });
  const signed = withTail(BZIMAGE, noise(1000));
  assert.deepEqual(await unpack(signed), { ...expected, bytes: signed });
});

Deno.test("openKernel() tells x86 kernels of 32 bits apart", async () => {
  assert.equal((await unpack(bzImage({ is64: false }))).architecture, "i386");
});

Deno.test("openKernel() ignores what follows a compressed kernel, as kernels do", async () => {
  const nuls = [new Uint8Array(4), new Uint8Array(70_000)];
  const others = [noise(1000), Uint8Array.of(1, 2, 3, 4)];
  // An lz4 stream has no end mark, so four bytes that could be a block's size belong to it. The xz decoder accepts
  // padding only.
  const rows = { gzip: [...nuls, ...others], zstd: [...nuls, ...others], xzkern: nuls, lz4: nuls };
  for (const type of ["gzip", "zstd", "xzkern", "lz4"] as const) {
    for (const tail of rows[type]) {
      assert.deepEqual((await unpack(withTail(COMPRESSED[type], tail))).bytes, IMAGE, type);
    }
  }
});

Deno.test("openKernel() refuses compressed kernels that are cut short", async () => {
  for (const [type, payload] of Object.entries(COMPRESSED)) {
    for (const share of [0.1, 0.5, 0.9, 0.9999]) {
      const cut = payload.slice(0, Math.floor(payload.length * share));
      for (const file of [cut, zboot(type, cut)]) {
        await assert.rejects(unpack(file), { code: "corrupt-kernel" }, `${share} of ${type}`);
      }
    }
  }
});

Deno.test("openKernel() refuses compressed kernels whose checksum is wrong", async () => {
  const rows = [["gzip", 6], ["zstd", 2], ["xzkern", 40]] as const;
  for (const [type, fromEnd] of rows) {
    const damaged = COMPRESSED[type].slice();
    const at = damaged.length - fromEnd;
    damaged[at] = (damaged[at] ?? 0) ^ 0xff;
    await assert.rejects(unpack(damaged), { code: "corrupt-kernel" }, type);
  }
});

Deno.test("openKernel() refuses a zboot image whose kernel lies outside of it", async () => {
  const good = zboot("gzip", COMPRESSED.gzip);
  const rows = [[0x08, 0], [0x08, 0xffffffff], [0x0c, 0xffffffff], [0x0c, good.length]] as const;
  for (const [offset, value] of rows) {
    const file = good.slice();
    new DataView(file.buffer).setUint32(offset, value, true);
    await assert.rejects(unpack(file), { code: "corrupt-kernel" }, `${value} at ${offset}`);
  }
});

Deno.test("openKernel() refuses an x86 kernel that is cut short", async () => {
  await assert.rejects(
    unpack(BZIMAGE.slice(0, 150_000)),
    {
      code: "corrupt-kernel",
      message: "Cannot read /boot/vmlinuz: it has 150000 bytes of 200704",
    },
  );
  await assert.rejects(unpack(BZIMAGE.slice(0, 0x210)), { code: "corrupt-kernel" });
});

Deno.test("openKernel() names what it cannot unpack or start", async () => {
  const elf = new Uint8Array(1000);
  elf.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  elf[0x12] = 62;
  const riscv = new Uint8Array(1000);
  riscv.set(new TextEncoder().encode("RSC\x05"), 0x38);
  const rows: readonly (readonly [Uint8Array<ArrayBuffer>, string])[] = [
    [await compress("lzma", IMAGE), "lzma): lzma cannot be unpacked here"],
    [await compress("lzo", IMAGE), "lzo): lzo cannot be unpacked here"],
    [await filter(["bzip2"], IMAGE), "bzip2): bzip2 cannot be unpacked here"],
    [zboot("lzma", noise(100)), "zboot lzma): lzma cannot be unpacked here"],
    [zboot("lzo", noise(100)), "zboot lzo): lzo cannot be unpacked here"],
    [zboot("rle", noise(100)), "zboot rle): no known kernel is packed that way"],
    [
      await compress("gzip", elf),
      "gzip, in it ELF vmlinux for x86_64): hypervisors start the form",
    ],
    [riscv, "RISC-V Image): there are machines for x86_64 and aarch64 only"],
    [await uki([[".osrel", "x"]]), "EFI program for x86_64): it is not a known kernel"],
    [noise(5000), "unknown format): no kernel begins with such bytes"],
    [new Uint8Array(0), "unknown format): no kernel begins with such bytes"],
  ];
  for (const [file, expected] of rows) {
    await assert.rejects(unpack(file), (error) => {
      assert.ok(hasCode(error, "unsupported-kernel"), expected);
      assert.ok(error.message.startsWith(`Cannot start ${PATH} (${expected}`), error.message);
      assert.equal(error.data.path, PATH);
      assert.ok(error.data.formats.length > 0);
      return true;
    });
  }
});

Deno.test("openKernel() stops unpacking at 256 MiB", async () => {
  const zeros = new Uint8Array(257 << 20);
  zeros.set(arm64Image(1000));
  for (const type of ["gzip", "zstd"] as const) {
    const bomb = await compress(type, zeros);
    assert.ok(bomb.length < 1 << 20);
    for (const file of [bomb, zboot(type, bomb)]) {
      await using kernel = await openKernel(sourceOf(file), PATH);
      await assert.rejects(async () => {
        for await (const chunk of kernel.read()) assert.ok(chunk.length <= 1 << 20);
      }, {
        code: "corrupt-kernel",
        message: "Cannot unpack /boot/vmlinuz: it has more than 256 MiB",
      });
    }
  }
});

Deno.test("openKernel() does not unpack without end", async () => {
  let file = IMAGE;
  for (let i = 0; i < 6; i++) file = await compress("gzip", file);
  await assert.rejects(unpack(file), /it is packed more than 4 times$/);
});
