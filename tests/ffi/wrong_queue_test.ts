import assert from "node:assert/strict";
import { tinyGuest } from "../vm/support/tiny_guest.ts";
import { buildDouble } from "../vz_double/build_double.ts";

Deno.test("the double ends a process that calls a machine outside its queue, as macOS does", async () => {
  const { kernel } = await tinyGuest();
  const program = `
    const library = Deno.dlopen(${JSON.stringify(await buildDouble())}, {
      vz_double_use_wrong_queue: { parameters: ["buffer"], result: "void" },
    });
    library.symbols.vz_double_use_wrong_queue(new TextEncoder().encode(${
    JSON.stringify(`${kernel}\0`)
  }));
    console.log("still here");`;
  const { signal, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", program],
  }).output();
  assert.equal(signal, "SIGTRAP");
  assert.equal(new TextDecoder().decode(stdout), "");
  assert.match(
    new TextDecoder().decode(stderr),
    /Assertion failed: Block was expected to execute on queue \[dev\.snapvm\.machine\]/,
  );
});
