import assert from "node:assert/strict";
import { ABI_VERSION, openBindings, SYMBOLS, TEXT_CAPACITY } from "../../ffi/mod.ts";
import { temporaryFolder } from "../vm/support/temporary_folder.ts";
import { runProgram } from "../../scripts/images/mod.ts";

const HEADER = await Deno.readTextFile(new URL("../../ffi/snapvm_vz.h", import.meta.url));

/** The header's types, as Deno calls them. */
const TYPES: Readonly<Record<string, string>> = {
  "uint32_t": "u32",
  "int32_t": "i32",
  "uint64_t": "u64",
  "void": "void",
  "char *": "buffer",
  "const char *": "buffer",
};

Deno.test("SYMBOLS are the functions of the header, with their types", () => {
  const declared = Object.fromEntries(
    Array.from(
      HEADER.matchAll(/^SNAPVM_VZ_EXPORT (.+?) ?(snapvm_vz_\w+)\((.*)\);$/gm),
      ([, result, name, parameters]) => [name, {
        parameters: parameters === "void"
          ? []
          : parameters!.split(", ").map((parameter) => TYPES[parameter.replace(/\w+$/, "").trim()]),
        result: TYPES[result!],
      }],
    ),
  );
  const bound = Object.fromEntries(
    Object.entries(SYMBOLS).map((
      [name, { parameters, result }],
    ) => [name, { parameters: [...parameters], result }]),
  );
  assert.deepEqual(bound, declared);
});

Deno.test("the constants are the header's", () => {
  assert.match(HEADER, new RegExp(`^#define SNAPVM_VZ_ABI_VERSION ${ABI_VERSION}$`, "m"));
  assert.match(HEADER, new RegExp(`^#define SNAPVM_VZ_TEXT_CAPACITY ${TEXT_CAPACITY}$`, "m"));
});

Deno.test("openBindings() refuses a library with another version of the interface", async () => {
  await using folder = await temporaryFolder();
  const library = `${folder.path}/other.so`;
  const source = Object.keys(SYMBOLS).map((name) => `int ${name}(void) { return 7; }`).join("\n");
  await Deno.writeTextFile(`${folder.path}/other.c`, source);
  await runProgram("clang-19", ["-shared", "-o", library, `${folder.path}/other.c`]);
  assert.throws(() => openBindings(library), {
    message: `Cannot use ${library}: its interface has version 7, and this program needs 2`,
  });
});
