import assert from "node:assert/strict";
import { parseBzImage } from "../../lib/boot/kernel/bzimage.ts";
import { parseKargs } from "../../lib/boot/arguments/image_arguments.ts";
import { splitArguments } from "../../lib/boot/mod.ts";
import { type ErrorCode, hasCode } from "../../lib/error/mod.ts";
import { openKernel } from "../../lib/boot/kernel/open_kernel.ts";
import { readUki } from "../../lib/boot/kernel/uki.ts";
import { arm64Image, bzImage, compress, noise, zboot } from "./support/kernels.ts";
import { contentOf, sourceOf } from "./support/sources.ts";
import { uki } from "./support/ukis.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Generates numbers below a limit, the same ones for the same seed. */
function numbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * limit);
  };
}

const EXTREMES = [0, 1, 3, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

/** Copies of a file with some of its first `upTo` bytes flipped, set to extremes, or filled. */
function* mutations(file: Bytes, count: number, upTo = file.length): Generator<Bytes, void> {
  const random = numbers(file.length);
  for (let i = 0; i < count; i++) {
    const copy = file.slice();
    for (let changes = 1 + random(3); changes > 0; changes--) {
      const at = random(upTo);
      const kind = random(3);
      if (kind === 0) copy[at] = (copy[at] ?? 0) ^ (1 << random(8));
      else if (kind === 1) copy.fill(random(256), at, at + random(16));
      else {
        const value = EXTREMES[random(EXTREMES.length)] ?? 0;
        const place = Math.min(at - at % 4, copy.length - 4);
        new DataView(copy.buffer).setUint32(place, value, true);
      }
    }
    yield copy;
  }
}

/** Beginnings of a file: every length up to `each`, then fewer and fewer. */
function* cuts(file: Bytes, each: number): Generator<Bytes, void> {
  for (let length = 0; length < file.length; length = length < each ? length + 1 : length * 1.5) {
    yield file.slice(0, length);
  }
}

/** Reads each file, and fails if an error does not have one of the announced codes. */
async function survives(
  files: Iterable<Bytes>,
  read: (file: Bytes) => unknown,
  announced: readonly ErrorCode[],
): Promise<void> {
  let failures = 0;
  for (const file of files) {
    try {
      await read(file);
    } catch (error) {
      if (!hasCode(error, ...announced)) throw error;
      failures++;
    }
  }
  assert.ok(failures > 0, "nothing was damaged");
}

async function unpackKernel(file: Bytes): Promise<void> {
  await using kernel = await openKernel(sourceOf(file), "/kernel");
  for await (const chunk of kernel.read()) assert.ok(chunk.length <= 8 << 20);
}

async function takeApart(file: Bytes): Promise<void> {
  const { linux, initramfs } = await readUki(sourceOf(file), "/uki.efi");
  for (const part of [linux, ...initramfs]) {
    assert.equal((await contentOf(part)).length, part.size);
  }
}

const UKI = await uki([
  [".osrel", "ID=test\n"],
  [".uname", "6.1"],
  [".cmdline", "quiet"],
  [".ucode", noise(100)],
  [".initrd", noise(5000)],
  [".linux", noise(5000)],
  [".profile", "ID=main\n"],
]);
const IMAGE = arm64Image(20_000);
const BZIMAGE = bzImage({ size: 20_480 });
const KERNEL_ERRORS = ["corrupt-kernel", "unsupported-kernel"] as const;

Deno.test("readUki() fails only as announced on damaged PE files", async () => {
  await survives(cuts(UKI, 1200), takeApart, ["corrupt-kernel"]);
  await survives(mutations(UKI, 4000, 1200), takeApart, ["corrupt-kernel"]);
});

Deno.test("openKernel() fails only as announced on damaged headers of x86 kernels", async () => {
  await survives(cuts(BZIMAGE, 0x700), unpackKernel, KERNEL_ERRORS);
  await survives(mutations(BZIMAGE, 4000, 0x700), unpackKernel, KERNEL_ERRORS);
  const parse = (file: Bytes) => parseBzImage(file, "/kernel");
  await survives(cuts(BZIMAGE, 0x700), parse, ["corrupt-kernel"]);
});

for (const type of ["gzip", "zstd", "xzkern", "lz4"] as const) {
  const payload = await compress(type, IMAGE);
  const file = zboot(type, payload).slice(0xf00);
  // The same header with less room behind it, so that most mutations hit what is read.
  file.set(zboot(type, payload).subarray(0, 0x40));
  new DataView(file.buffer).setUint32(0x08, 0x100, true);

  Deno.test(`openKernel() fails only as announced on damaged zboot images with ${type}`, async () => {
    await survives(cuts(file, 0x180), unpackKernel, KERNEL_ERRORS);
    await survives(mutations(file, 1000, 0x40), unpackKernel, KERNEL_ERRORS);
    await survives(mutations(file, 500), unpackKernel, KERNEL_ERRORS);
  });

  Deno.test(`openKernel() fails only as announced on damaged ${type} data`, async () => {
    await survives(cuts(payload, 100), unpackKernel, KERNEL_ERRORS);
    await survives(mutations(payload, 500, 100), unpackKernel, KERNEL_ERRORS);
    await survives(mutations(payload, 500), unpackKernel, KERNEL_ERRORS);
  });
}

Deno.test("parseKargs() fails only as announced on damaged TOML", async () => {
  const text =
    'kargs = ["quiet", """a""", \'b c\']\nmatch-architectures = ["x86_64"]\n[x.y]\nz = 1979-05-27\n';
  const parse = async (bytes: Bytes) => {
    const kargs = await parseKargs(new TextDecoder().decode(bytes), "x86_64", "/a.toml");
    assert.ok(kargs.every((argument) => !/[\0\n]/.test(argument)));
  };
  const file = new TextEncoder().encode(text);
  await survives(cuts(file, file.length), parse, ["invalid-kernel-arguments"]);
  await survives(mutations(file, 4000), parse, ["invalid-kernel-arguments"]);
});

Deno.test("splitArguments() makes arguments of anything, with the quotes in pairs", () => {
  const file = new TextEncoder().encode('quiet a="b c" "d e=f" g=h"i j"k');
  for (const bytes of mutations(file, 4000)) {
    for (const argument of splitArguments(new TextDecoder().decode(bytes))) {
      assert.equal((argument.split('"').length - 1) % 2, 0, argument);
      assert.doesNotMatch(argument, /\p{Cc}/u);
    }
  }
});
