import assert from "node:assert/strict";
import { join } from "node:path";
import { createSwapFile, kernelPageSize } from "../../../lib/launch/files/create_swap_file.ts";
import { runProgram } from "../../../scripts/images/mod.ts";

const MIB = 2 ** 20;

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("createSwapFile() writes byte for byte what mkswap does", async (t) => {
  const rows = [[4096, 40_960], [4096, 4 * MIB + 5000], [16_384, 8 * MIB], [65_536, 10 * MIB]];
  for (const [pageSize, size] of rows as [number, number][]) {
    await t.step(`${size} bytes in pages of ${pageSize}`, () =>
      inFolder(async (folder) => {
        const ours = join(folder, "ours");
        await createSwapFile(ours, size, pageSize);
        const found = await runProgram("blkid", ["-p", "-s", "UUID", "-o", "value", ours]);
        const theirs = join(folder, "theirs");
        await Deno.writeFile(theirs, new Uint8Array(), { mode: 0o600 });
        await Deno.truncate(theirs, Math.floor(size / pageSize) * pageSize);
        await runProgram("mkswap", [
          ...["-p", `${pageSize}`, "-L", "snapvm", "-U", found.trim(), theirs],
        ]);
        assert.deepEqual(await Deno.readFile(ours), await Deno.readFile(theirs));
        const { mode, blocks } = await Deno.stat(ours);
        assert.equal(mode! & 0o777, 0o600);
        assert(blocks! * 512 <= 2 * 65_536, "it is sparse");
      }));
  }
});

Deno.test("createSwapFile() refuses what the kernel would", () =>
  inFolder(async (folder) => {
    const path = join(folder, "swap");
    await assert.rejects(createSwapFile(path, 40_959, 4096), {
      name: "RangeError",
      message: "Cannot make swap space of 40959 bytes: the kernel takes 40960 or more",
    });
    await assert.rejects(Deno.stat(path), Deno.errors.NotFound);
  }));

Deno.test("kernelPageSize() is in the header of an arm64 kernel", () =>
  inFolder(async (folder) => {
    const path = join(folder, "Image");
    for (const [flags, size] of [[0, 4096], [0b0010, 4096], [0b1100, 16_384], [0b1110, 65_536]]) {
      const bytes = new Uint8Array(64);
      // Bits 1 and 2; bit 3 is another matter.
      bytes[24] = flags!;
      await Deno.writeFile(path, bytes);
      assert.equal(await kernelPageSize("aarch64", path), size);
    }
    assert.equal(await kernelPageSize("x86_64", "/nowhere"), 4096);
  }));
