/**
 * Whatever the bytes of an image are, the reader ends with its own errors, soon, and with little memory.
 *
 * @module
 */

import assert from "node:assert/strict";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

import { CRAFTED_IMAGES } from "./support/crafted_images.ts";
import { type HostileImage, makeHostileImages } from "./support/hostile_images.ts";
import type { Failure } from "./support/hostile_worker.ts";

const MUTATIONS = 10_000;
const WORKERS = 2;

/** A job may take a second of processor time, more on a busy machine. One that is silent for longer hangs. */
const SILENCE = 30_000;

/** `/proc` tells how much memory an image took. */
const ignore = Deno.build.os !== "linux";

Deno.test({
  name: "Ext4 ends with its own errors on 10,000 images with damaged metadata",
  ignore,
  fn: () =>
    withImages(async (_, folder) => {
      const seeds = Array.from({ length: MUTATIONS }, (_, seed) => `${seed}`);
      assert.deepEqual(await runJobs(folder, seeds), []);
    }),
});

Deno.test({
  name: "Ext4 ends with its own errors on images cut at any length",
  ignore,
  fn: () =>
    withImages(async (images, folder) => {
      const jobs = images.flatMap(({ path, blockSize }, index) =>
        cutLengths(Deno.statSync(path).size, blockSize).map((length) => `cut ${index} ${length}`)
      );
      assert.deepEqual(await runJobs(folder, jobs), []);
    }),
});

Deno.test({
  name: "Ext4 ends with its own errors on images that say that they hold endless work",
  ignore,
  fn: () =>
    withImages(async (_, folder) => {
      const jobs = CRAFTED_IMAGES.flatMap((_, index) => [
        `crafted ${index}`,
        `crafted ${index} claims 512 GiB`,
      ]);
      assert.deepEqual(await runJobs(folder, jobs), []);
    }),
});

/** Around the superblock's ends, and around the end of every eighth block. */
function cutLengths(size: number, blockSize: number): number[] {
  const lengths = [0, 1, 511, 1023, 1024, 1025, 1500, 2047, 2048, 2049, size - 1];
  for (let length = blockSize; length < size; length += 8 * blockSize) {
    lengths.push(length - 1, length, length + 1, length + blockSize / 2);
  }
  return lengths;
}

async function withImages(
  use: (images: readonly HostileImage[], folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "snapvm-hostile-" });
  try {
    const images = await makeHostileImages(folder);
    await Deno.writeTextFile(`${folder}/images.json`, JSON.stringify(images));
    await use(images, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs `jobs` in several processes at once. Returns the first failures, each with the command that repeats it. */
async function runJobs(folder: string, jobs: readonly string[]): Promise<string[]> {
  const failures = await Promise.all(
    Array.from(
      { length: WORKERS },
      (_, worker) =>
        runWorker(folder, worker, jobs.filter((_, index) => index % WORKERS === worker)),
    ),
  );
  return failures.flat().slice(0, 20).map(({ job, description, reason }) =>
    `deno run -A tests/ext4/support/hostile_worker.ts "${job}"\n${description}\n${reason}`
  );
}

/** Runs `jobs` in one process after the other: a new one takes over after a job that does not end. */
async function runWorker(
  folder: string,
  worker: number,
  jobs: readonly string[],
): Promise<Failure[]> {
  const failures: Failure[] = [];
  for (let rest = jobs; rest.length > 0;) {
    const jobsFile = `${folder}/jobs-${worker}.json`;
    await Deno.writeTextFile(jobsFile, JSON.stringify(rest));
    const { last, ended } = await runProcess([`${folder}/images.json`, jobsFile], failures);
    if (ended) break;
    const reason = "did not end, or ended the process";
    failures.push({ job: last, description: "", reason });
    rest = rest.slice(rest.indexOf(last) + 1);
    // A reader that hangs on one image in ten is known to be wrong by now.
    if (failures.length >= 10) break;
  }
  return failures;
}

async function runProcess(
  args: readonly string[],
  failures: Failure[],
): Promise<{ last: string; ended: boolean }> {
  const program = fileURLToPath(new URL("support/hostile_worker.ts", import.meta.url));
  const child = new Deno.Command(Deno.execPath(), {
    // The runtime ends a heap that grows forever before it takes the memory of the machine.
    args: ["run", "-A", "--v8-flags=--max-old-space-size=768", program, ...args],
    stdout: "piped",
  }).spawn();
  const hang = () => child.kill("SIGKILL");
  let watchdog = setTimeout(hang, SILENCE);
  let last = "";
  let ended = false;
  for await (const line of createInterface(Readable.from(child.stdout))) {
    clearTimeout(watchdog);
    watchdog = setTimeout(hang, SILENCE);
    const [, word, rest = ""] = /^(\w+) ?(.*)$/.exec(line) ?? [];
    if (word === "start") last = rest;
    if (word === "failed") failures.push(JSON.parse(rest));
    if (word === "end") ended = true;
  }
  clearTimeout(watchdog);
  await child.status;
  return { last, ended };
}
