/**
 * Builds the library's own source with the double of the framework: `libsnapvm_vz_double.so`.
 *
 * @module
 */
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cachedFolder, runProgram } from "../../scripts/images/mod.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const CACHE = join(ROOT, "tests/fixtures/cache");
const FOLDERS = ["ffi", "tests/vz_double"];

/** Returns the library's path. Builds it unless it was built before. */
export async function buildDouble(): Promise<string> {
  const folder = await cachedFolder({
    cache: CACHE,
    name: "vz-double",
    recipe: [new URL(import.meta.url), ...await sources(/\.[hmc]$/)],
    make: async ({ folder, work }) => {
      const flags = await compilerFlags();
      const objects: string[] = [];
      for (const source of await sources(/\.[mc]$/)) {
        const path = fileURLToPath(source);
        const object = join(work, `${objects.length}-${basename(path)}.o`);
        await runProgram("clang-19", [...flags, "-c", path, "-o", object]);
        objects.push(object);
      }
      await Deno.mkdir(folder);
      const library = join(folder, "libsnapvm_vz_double.so");
      await runProgram("clang-19", ["-shared", "-o", library, ...objects, ...await libraries()]);
    },
  });
  return join(folder, "libsnapvm_vz_double.so");
}

/** The files in both folders and below, sorted. */
async function sources(pattern: RegExp): Promise<URL[]> {
  const found: string[] = [];
  const search = async (folder: string): Promise<void> => {
    for await (const entry of Deno.readDir(join(ROOT, folder))) {
      const path = `${folder}/${entry.name}`;
      // These headers replace macOS's own, not Linux's.
      if (entry.isDirectory && path !== "ffi/sdk/darwin") await search(path);
      else if (pattern.test(entry.name)) found.push(path);
    }
  };
  for (const folder of FOLDERS) await search(folder);
  return found.sort().map((path) => new URL(`../../${path}`, import.meta.url));
}

async function compilerFlags(): Promise<string[]> {
  const gnustep = (await runProgram("gnustep-config", ["--objc-flags"])).trim().split(/\s+/);
  // The first two write dependency files; the third would find headers in the current folder.
  const wanted = gnustep.filter((flag) => !["-MMD", "-MP", "-I.", "-g"].includes(flag));
  const runtimeHeaders = (await runProgram("gcc", ["-print-file-name=include"])).trim();
  return [
    ...wanted,
    // GNUstep's flags are for Objective-C; one file is C.
    ...["-Wall", "-Wextra", "-Werror", "-Wno-unused-command-line-argument"],
    ...["-fblocks", "-fobjc-runtime=gcc", "-fvisibility=hidden"],
    ...["-D_GNU_SOURCE", "-DVZ_DOUBLE"],
    ...["-isystem", runtimeHeaders],
    ...["-isystem", join(ROOT, "tests/vz_double/include")],
    ...["ffi", "ffi/sdk", "tests/vz_double"].map((folder) => `-I${join(ROOT, folder)}`),
  ];
}

async function libraries(): Promise<string[]> {
  const libgcc = (await runProgram("gcc", ["-print-libgcc-file-name"])).trim();
  return [
    "-pthread",
    "-Wl,-z,defs",
    // Deno closes libraries when it ends, but Objective-C classes cannot be unloaded.
    "-Wl,-z,nodelete",
    `-L${join(libgcc, "..")}`,
    ...["-lgnustep-base", "-lobjc", "-lm"],
  ];
}

// deno-lint-ignore no-console -- the path is this program's result
if (import.meta.main) console.log(await buildDouble());
