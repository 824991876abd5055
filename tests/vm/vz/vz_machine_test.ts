import assert from "node:assert/strict";
import { join } from "node:path";
import { EndReason } from "../../../lib/vm/vz/end_reason.ts";
import { VzMachine } from "../../../lib/vm/vz/vz_machine.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { readText } from "../support/tiny_guest.ts";

Deno.test("VzMachine.stop() does not wait for ever for a framework that does not let go", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "console");
  using listener = Deno.listen({ transport: "unix", path });
  const [console, guest] = await Promise.all([
    listener.accept(),
    Deno.connect({ transport: "unix", path }),
  ]);
  using _guest = guest;
  const never = new Promise<never>(() => {});
  const machine = new VzMachine({
    virtualMachine: {
      start: () => Promise.resolve(),
      stop: () => Promise.resolve(),
      [Symbol.asyncDispose]: () => never,
    },
    end: new EndReason(),
    console,
    ports: new Map(),
    bootMark: undefined,
  });
  await machine.start();
  await guest.write(new TextEncoder().encode("the last words"));
  await machine.stop();
  assert.deepEqual(await machine.ended, { reason: "stopped" });
  assert.equal(await readText(machine.console.readable), "the last words");
});
