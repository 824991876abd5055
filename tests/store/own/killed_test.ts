import assert from "node:assert/strict";
import { join } from "node:path";
import { openTransport } from "../../../lib/oci/mod.ts";
import {
  addImage,
  checkImage,
  checkStore,
  openImage,
  openOwnStore,
  type OwnStore,
  prune,
  resolveImage,
} from "../../../lib/store/mod.ts";
import { readState } from "../../../lib/store/state/read_state.ts";
import { type Layout, makeLayout } from "../support/layout.ts";
import { AMD64, run, TestStore, withFolder } from "../support/test_store.ts";

/** More of them take longer, and find no more than a hundred did. */
const ROUNDS = Number(Deno.env.get("SNAPVM_KILL_ROUNDS") ?? 15);
const SEED = Number(Deno.env.get("SNAPVM_KILL_SEED") ?? 1);
/** The longest time that a process has before it is killed, in times of what one takes alone: some are done by then. */
const LONGEST = 1.5;
/** The images that are brought meanwhile. */
const SHAPE = { size: 2 << 20, layers: 3 };
const PROCESS = new URL("../support/store_process.ts", import.meta.url).pathname;

/** Numbers from 0 to 1 that look random, and are the same each time. */
function* randomNumbers(seed: number): Generator<number, never> {
  for (let state = seed >>> 0;;) {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    yield ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}

/** What a process said last, and how long it took from its first word on, in milliseconds. */
interface Ended {
  readonly last: string;
  readonly time: number;
}

/** Starts a process and kills it after a time from when it has begun. */
async function killAfter(milliseconds: number, ...args: string[]): Promise<Ended> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", PROCESS, ...args],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stderr = new Response(child.stderr).text();
  let text = "";
  let begin = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (begin === 0) begin = performance.now();
    timer ??= setTimeout(() => {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has just ended.
      }
    }, milliseconds);
  }
  const { code } = await child.status;
  clearTimeout(timer);
  if (code !== 0 && code !== 137) throw new Error(`${args}: ${code}: ${await stderr}`);
  await stderr;
  return { last: text.trimEnd().split("\n").at(-1) ?? "", time: performance.now() - begin };
}

/** A store as Apple's that has the image of a layout. */
async function asStore(layout: Layout, reference: string): Promise<void> {
  const store = new TestStore(join(layout.path, "store"));
  await Deno.mkdir(join(store.root, "content"), { recursive: true });
  await Deno.symlink("../../blobs", join(store.root, "content/blobs"));
  await store.index(reference, layout.manifests);
}

/** The references of a store that are whole: their snapshots are what their layers say. */
async function wholeReferences(own: OwnStore): Promise<string[]> {
  const state = await readState(own.root);
  for (const reference of state.keys()) {
    const image = await resolveImage(reference, { stores: [own], host: AMD64 });
    assert.deepEqual(image.problems, []);
  }
  return [...state.keys()].sort();
}

Deno.test(`${ROUNDS} times four processes are killed while they use one store, and it stays whole`, () =>
  withFolder(async (folder) => {
    const home = join(folder, "home");
    const own = await openOwnStore({ env: { SNAPVM_HOME: home } });
    const random = randomNumbers(SEED);
    const old = await makeLayout(join(folder, "old"), { seed: 9999 });
    await using source = await openTransport(old.transport);
    await addImage(own, source, { reference: "example.com/old:1", platform: AMD64 });
    const first = await makeLayout(join(folder, "first"), { seed: 9998, ...SHAPE });
    const alone = await killAfter(60_000, home, "import", first.path, "example.com/first:1");
    assert.equal(alone.last, "done");
    const ends = new Map<string, number>();
    let layout: Layout | undefined;
    let reference = "";
    let whole = await wholeReferences(own);
    for (let round = 0; round < ROUNDS; round++) {
      if (layout === undefined || random.next().value < 0.4) {
        reference = `example.com/new:${round}`;
        layout = await makeLayout(join(folder, `new${round}`), { seed: round, ...SHAPE });
        await asStore(layout, reference);
      }
      const works = ["pull", "import", "unpack", "prune"];
      // Of two at the same work one waits for the other.
      if (random.next().value < 0.5) works[Math.floor(random.next().value * 4)] = "pull";
      const longest = LONGEST * alone.time;
      const ended = await Promise.all(
        works.map((what) =>
          killAfter(random.next().value * longest, home, what, layout!.path, reference)
        ),
      );
      for (const [nth, { last: end }] of ended.entries()) {
        const key = `${works[nth]}: ${end.startsWith("piece") ? "amidst" : end}`;
        ends.set(key, (ends.get(key) ?? 0) + 1);
      }
      const { findings } = await checkStore(own);
      const serious = findings.filter(({ kind }) => kind !== "half-made" && kind !== "unneeded");
      assert.deepEqual(serious, [], `round ${round}`);
      const now = await wholeReferences(own);
      assert.deepEqual(whole.filter((each) => !now.includes(each)), [], `round ${round}`);
      whole = now;
    }
    // deno-lint-ignore no-console
    if (Deno.env.get("SNAPVM_KILL_ROUNDS")) console.log(ends, whole);
    // In the end everything can be brought, and nothing is left over.
    await using last = await openTransport(layout!.transport);
    await addImage(own, last, { reference, platform: AMD64 });
    await prune(own);
    assert.deepEqual((await checkStore(own)).findings, []);
    for (const each of await wholeReferences(own)) {
      using opened = await openImage(each, { store: own.root, platform: AMD64 });
      if ((await checkImage(opened)).layers > 0) {
        assert.deepEqual((await checkImage(opened)).findings, [], each);
      }
      await run("e2fsck", "-fn", opened.image.snapshot.path);
    }
  }));
