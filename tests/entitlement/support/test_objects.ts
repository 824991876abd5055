/**
 * Mach-O files of the repository's own: its library, and a program of one function.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { libraryBytes } from "../../../ffi/mod.ts";
import { runProgram } from "../../../scripts/images/mod.ts";

const STUBS = fileURLToPath(new URL("../../../ffi/sdk/darwin/stubs", import.meta.url));

/** The library for one processor, signed by its linker. */
export async function makeLibrary(folder: string, architecture: string): Promise<string> {
  const universal = join(folder, "universal.dylib");
  const thin = join(folder, `${architecture}.dylib`);
  await Deno.writeFile(universal, await libraryBytes());
  await runProgram("llvm-lipo-19", [universal, "-thin", architecture, "-output", thin]);
  return thin;
}

/** A program for Apple silicon that is larger than a few pages. */
export async function makeProgram(
  folder: string,
  options: { readonly signed: boolean },
): Promise<string> {
  const [source, object] = [join(folder, "main.c"), join(folder, "main.o")];
  const program = join(folder, options.signed ? "signed" : "unsigned");
  await Deno.writeTextFile(
    source,
    "static const char zeros[3000000] = {1}; int main(int count) { return zeros[count]; }\n",
  );
  const target = ["-target", "arm64-apple-macos13", "-ffreestanding", "-nostdlibinc"];
  await runProgram("clang-19", [...target, "-c", source, "-o", object]);
  await runProgram("ld64.lld-19", [
    ...["-arch", "arm64", "-platform_version", "macos", "13.0", "13.0"],
    options.signed ? "-adhoc_codesign" : "-no_adhoc_codesign",
    ...["-o", program, object, join(STUBS, "libSystem.tbd")],
  ]);
  return program;
}
