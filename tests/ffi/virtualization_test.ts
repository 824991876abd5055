/**
 * How events reach machines, with a library that reports what a test wants.
 */
import assert from "node:assert/strict";
import { type Bindings, Virtualization, type VirtualMachineEvent } from "../../ffi/mod.ts";
import type { VirtualMachineConfiguration } from "../../ffi/mod.ts";

Deno.test("Virtualization gives events to a machine although another one's listener throws", async () => {
  const events: VirtualMachineEvent[] = [
    { kind: "guest-stopped", machine: 1, state: 0 },
    { kind: "guest-stopped", machine: 2, state: 0 },
    { kind: "released", machine: 1, state: 0 },
    { kind: "released", machine: 2, state: 0 },
  ];
  let machines = 0;
  const bindings = {
    snapvm_vz_create: () => ++machines,
    snapvm_vz_release: () => {},
    snapvm_vz_next_event: (text: Uint8Array) => {
      const { written } = new TextEncoder().encodeInto(JSON.stringify(events.shift()), text);
      return Promise.resolve(written);
    },
  } as unknown as Bindings;
  const virtualization = new Virtualization(bindings);
  const taken: string[] = [];
  const configuration = {} as VirtualMachineConfiguration;
  const failing = virtualization.create(configuration, ({ kind }) => {
    taken.push(`first: ${kind}`);
    throw new Error("a mistake");
  });
  const other = virtualization.create(configuration, ({ kind }) => taken.push(`second: ${kind}`));
  await Promise.all([failing[Symbol.asyncDispose](), other[Symbol.asyncDispose]()]);
  assert.deepEqual(taken, [
    "first: guest-stopped",
    "second: guest-stopped",
    "first: released",
    "second: released",
  ]);
});
