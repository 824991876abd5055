import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { libraryBytes } from "../../ffi/mod.ts";
import { COMPILER, LIBRARY_SHA256, SOURCES_SHA256 } from "../../ffi/library_bytes.ts";
import { buildLibrary, compilerVersion, hashSources } from "../../scripts/embed_dylib.ts";
import { runProgram } from "../../scripts/images/mod.ts";
import { hashPages, readBlobs } from "../entitlement/support/signature_blobs.ts";
import { temporaryFolder } from "../vm/support/temporary_folder.ts";

const ARCHITECTURES = ["arm64", "x86_64"];
const REBUILD = "The library's source has changed: run `deno run -A scripts/embed_dylib.ts`.";

/** A folder with the universal library and a thin one for each processor. */
async function libraries(): Promise<{ path: string } & AsyncDisposable> {
  const folder = await temporaryFolder();
  const universal = join(folder.path, "universal");
  await Deno.writeFile(universal, await libraryBytes());
  for (const architecture of ARCHITECTURES) {
    const thin = join(folder.path, architecture);
    await runProgram("llvm-lipo-19", [universal, "-thin", architecture, "-output", thin]);
  }
  return folder;
}

function objdump(option: string, path: string): Promise<string> {
  return runProgram("llvm-objdump-19", ["--macho", option, path]);
}

Deno.test("the embedded library is built from the source in the tree", async () => {
  assert.equal(await hashSources(), SOURCES_SHA256, REBUILD);
  const rebuilt = createHash("sha256").update(await buildLibrary()).digest("hex");
  // Other compilers make other bytes.
  if (await compilerVersion() === COMPILER) assert.equal(rebuilt, LIBRARY_SHA256, REBUILD);
});

Deno.test("the library is for Apple silicon and Intel, from macOS 13 on", async () => {
  await using folder = await libraries();
  const names = await runProgram("llvm-lipo-19", ["-archs", join(folder.path, "universal")]);
  assert.deepEqual(names.trim().split(" ").sort(), ARCHITECTURES);
  for (const architecture of ARCHITECTURES) {
    const commands = await objdump("--private-headers", join(folder.path, architecture));
    assert.match(
      commands,
      /LC_BUILD_VERSION\n +cmdsize 32\n +platform macos\n +sdk 13\.0\n +minos 13\.0\n/,
    );
    assert.match(commands, / TWOLEVEL /);
  }
});

Deno.test("the library imports from four libraries of the system, by name", async () => {
  await using folder = await libraries();
  for (const architecture of ARCHITECTURES) {
    const path = join(folder.path, architecture);
    const [, own, ...used] = (await objdump("--dylibs-used", path)).trim().split("\n");
    assert.match(own!, /^\t@rpath\/libsnapvm_vz\.dylib /);
    assert.deepEqual(used.map((line) => line.trim().split(" ")[0]).sort(), [
      "/System/Library/Frameworks/Foundation.framework/Versions/C/Foundation",
      "/System/Library/Frameworks/Virtualization.framework/Versions/A/Virtualization",
      "/usr/lib/libSystem.B.dylib",
      "/usr/lib/libobjc.A.dylib",
    ]);
    // "(undefined) external _name (from library)": no symbol is looked up dynamically, and none is weak.
    const symbols = await runProgram("llvm-nm-19", ["--format=darwin", "--undefined-only", path]);
    const libraries = symbols.trim().split("\n").map((line) =>
      /\(undefined\) external \S+ \(from (\w+)\)$/.exec(line)?.[1]
    );
    assert.deepEqual([...new Set(libraries)].sort(), [
      "Foundation",
      "Virtualization",
      "libSystem",
      "libobjc",
    ]);
  }
});

Deno.test("the library exports the functions of its header and nothing else", async () => {
  await using folder = await libraries();
  const header = await Deno.readTextFile(new URL("../../ffi/snapvm_vz.h", import.meta.url));
  const declared = Array.from(
    header.matchAll(/^SNAPVM_VZ_EXPORT .*?(snapvm_vz_\w+)\(/gm),
    ([, name]) => `_${name}`,
  ).sort();
  for (const architecture of ARCHITECTURES) {
    const trie = await objdump("--exports-trie", join(folder.path, architecture));
    const exported = Array.from(trie.matchAll(/^0x[0-9A-F]+ +(\S+)/gm), ([, name]) => name);
    assert.deepEqual(exported.sort(), declared);
  }
});

Deno.test("the library has a valid ad-hoc signature for each processor", async () => {
  await using folder = await libraries();
  for (const architecture of ARCHITECTURES) {
    const path = join(folder.path, architecture);
    const { offset, directory, pages, identifier } = await readBlobs(path);
    // The flags say ad hoc, by a linker.
    assert.equal(directory.getUint32(12), 0x20002);
    assert.equal(directory.getUint32(32), offset);
    assert.equal(identifier, "libsnapvm_vz.dylib");
    assert.deepEqual(pages, await hashPages(path, offset));
  }
});
