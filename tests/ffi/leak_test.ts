import assert from "node:assert/strict";
import { buildDouble } from "../vz_double/build_double.ts";
import { createGuest } from "./double_guest.ts";

const { symbols } = Deno.dlopen(await buildDouble(), {
  vz_double_live_objects: { parameters: ["buffer", "u32"], result: "i32" },
});

/** Objects that the runtime keeps for itself and that come and go without us: caches, threads of the pool. */
const RUNTIME = /^(NSThread|GSThreadPool|GSRunLoop\w*|NSConstantString|NSAutoreleasePool)$/;

/** How many Objective-C objects there are of each class. */
function liveObjects(): Map<string, number> {
  const text = new Uint8Array(65536);
  const length = symbols.vz_double_live_objects(text, text.length);
  const lines = new TextDecoder().decode(text.subarray(0, length)).split("\n");
  return new Map(
    lines.filter((line) => line !== "").map((line) => {
      const [count, name] = line.split(" ");
      return [name!, Number(count)];
    }),
  );
}

function count(folder: string): number {
  return Array.from(Deno.readDirSync(folder)).length;
}

/** Deno's pool, which calls that block are made on, ends a thread that has had nothing to do for ten seconds. */
const PATIENCE_MS = 30_000;

/** Waits for threads and descriptors that end on their own a moment after the machine that they served. */
async function settled(read: () => number, wanted: number): Promise<number> {
  const end = performance.now() + PATIENCE_MS;
  while (read() > wanted && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return read();
}

/** Boots a guest that uses everything, and lets go of it. */
async function boot(): Promise<void> {
  await using guest = await createGuest(`echo booted >$(port out); poweroff -f`, {
    ports: ["in", "out"],
    changes: {
      networks: [{ macAddress: "52:54:00:12:34:56" }],
      vsock: true,
      entropy: true,
      balloon: true,
    },
  });
  const out = new Response(guest.ports.get("out")!.readable).text();
  await guest.machine.start();
  await guest.machine.listenVsock(1);
  await guest.event("guest-stopped");
  await guest.machine[Symbol.asyncDispose]();
  assert.equal(await out, "booted\n");
}

Deno.test("ten boots leave no thread, no descriptor and no object behind", async () => {
  liveObjects();
  // The first two fill caches.
  for (let round = 0; round < 2; round++) await boot();
  const [threads, descriptors, objects] = [
    count("/proc/self/task"),
    count("/proc/self/fd"),
    liveObjects(),
  ];
  for (let round = 0; round < 10; round++) await boot();
  assert.ok(await settled(() => count("/proc/self/task"), threads) <= threads);
  assert.ok(await settled(() => count("/proc/self/fd"), descriptors) <= descriptors);
  const left = [...liveObjects()].map(([name, number]) => [name, number - (objects.get(name) ?? 0)])
    .filter(([name, more]) => Number(more) > 0 && !RUNTIME.test(String(name)));
  assert.deepEqual(left, []);
});
