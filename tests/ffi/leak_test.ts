import assert from "node:assert/strict";
import { readProcessFile } from "../host/support/read_process_file.ts";
import { temporaryFolder } from "../vm/support/temporary_folder.ts";
import { buildDouble } from "../vz_double/build_double.ts";
import { createGuest } from "./support/double_guest.ts";

const { symbols } = Deno.dlopen(await buildDouble(), {
  vz_double_live_objects: { parameters: ["buffer", "u32"], result: "i32" },
});

/**
 * Objects that the runtime keeps for itself, as caches and for each thread that has called the library. Neither the library
 * nor the double makes any of these.
 */
const RUNTIME =
  /^(NSThread\w*|NSConcrete(Hash|Map)Table|GSThreadPool|GSRunLoop\w*|NSConstantString|NSAutoreleasePool)$/;

/** Counts the Objective-C objects of each class. */
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

/** Counts this process's threads, without Deno's pool, which changes at any time. */
function countThreads(): number {
  const names = Array.from(
    Deno.readDirSync("/proc/self/task"),
    ({ name }) => readProcessFile(`/proc/self/task/${name}/comm`),
  );
  return names.filter((name) => name !== undefined && !name.startsWith("tokio")).length;
}

function countDescriptors(): number {
  return Array.from(Deno.readDirSync("/proc/self/fd")).length;
}

/** Threads end a moment after their machine. Only a leaked one makes the test wait this long. */
const PATIENCE_MS = 30_000;

/** Waits for threads and descriptors that end on their own a moment after their machine. */
async function settled(read: () => number, wanted: number): Promise<number> {
  const end = performance.now() + PATIENCE_MS;
  while (read() > wanted && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return read();
}

/** How many guests run beside each other. */
const TOGETHER = 5;

/** Boots guests that use every device, beside each other, and releases them. */
async function bootTogether(count: number): Promise<void> {
  await using folder = await temporaryFolder();
  await Promise.all(Array.from({ length: count }, () => boot(folder.path)));
}

async function boot(folder: string): Promise<void> {
  await using guest = await createGuest(`echo booted >$(port out); poweroff -f`, {
    ports: ["in", "out"],
    changes: {
      networks: [{ macAddress: "52:54:00:12:34:56" }],
      shares: [{ kind: "single", tag: "shared", path: folder, readOnly: true }],
      entropy: true,
      balloon: true,
    },
  });
  const out = new Response(guest.ports.get("out")!.readable).text();
  await guest.machine.start();
  await guest.event("guest-stopped");
  await guest.machine[Symbol.asyncDispose]();
  assert.equal(await out, "booted\n");
}

/** The classes of which there are more objects than before, and how many more. */
function moreThan(before: ReadonlyMap<string, number>): [name: string, more: number][] {
  return [...liveObjects()]
    .map(([name, number]): [string, number] => [name, number - (before.get(name) ?? 0)])
    .filter(([name, more]) => more > 0 && !RUNTIME.test(name));
}

/**
 * A thread of Deno's pool keeps a run loop and its arrays from its first call into the library on, and such a thread may
 * come late. What a boot leaves behind comes again with every ten boots.
 */
const MAX_ATTEMPTS = 3;

Deno.test("ten boots leave no thread, no descriptor and no object behind", async () => {
  liveObjects();
  // The first boots fill caches.
  await bootTogether(TOGETHER);
  const [threads, descriptors] = [countThreads(), countDescriptors()];
  let left: [string, number][] = [];
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const objects = liveObjects();
    for (let round = 0; round < 2; round++) await bootTogether(TOGETHER);
    left = moreThan(objects);
    if (left.length === 0) break;
  }
  assert.deepEqual(left, []);
  assert.ok(await settled(countThreads, threads) <= threads);
  assert.ok(await settled(countDescriptors, descriptors) <= descriptors);
});
