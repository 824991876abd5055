/**
 * Explores damaged images, one after the other, in a process of its own, which can be killed if one of them never ends.
 *
 * To see one job alone: `deno run -A tests/ext4/support/hostile_worker.ts 4711`.
 *
 * @module
 */

import process from "node:process";

import { claimHalfTebibyte, CRAFTED_IMAGES } from "./crafted_images.ts";
import { explore, memorySource } from "./explore.ts";
import { fixChecksums } from "./fix_checksums.ts";
import { type HostileImage, makeHostileImages } from "./hostile_images.ts";
import { mutate } from "./mutate.ts";

/** The limits for each image, in milliseconds of processor time and in bytes. */
const MAX_TIME = 1000;
const MAX_MEMORY = 256 * 1024 * 1024;

/** A job that failed. */
export interface Failure {
  readonly job: string;
  readonly description: string;
  readonly reason: string;
}

/** A job is a seed, `cut IMAGE LENGTH`, or `crafted NUMBER` and perhaps `claims 512 GiB`. */
function prepare(
  job: string,
  images: readonly HostileImage[],
  pristine: readonly Uint8Array[],
): { bytes: Uint8Array; size?: number; description: string } {
  const crafted = /^crafted (\d+)( claims 512 GiB)?$/.exec(job);
  if (crafted !== null) {
    const { name, base, craft } = CRAFTED_IMAGES[Number(crafted[1])]!;
    const index = images.findIndex((image) => image.name === base);
    const image = images[index]!;
    const bytes = new Uint8Array(pristine[index]!);
    craft(image, bytes);
    const size = crafted[2] === undefined ? bytes.length : claimHalfTebibyte(image, bytes);
    if (image.hasChecksums) fixChecksums(image, bytes);
    return { bytes, size, description: name };
  }
  const cut = /^cut (\d+) (\d+)$/.exec(job);
  if (cut !== null) {
    const [index, length] = [Number(cut[1]), Number(cut[2])];
    return {
      bytes: pristine[index]!.subarray(0, length),
      description: `${images[index]!.name} cut to ${length} bytes`,
    };
  }
  const seed = Number(job);
  const index = seed % images.length;
  return mutate(images[index]!, pristine[index]!, seed);
}

async function runJobs(
  images: readonly HostileImage[],
  jobs: readonly string[],
  report: (line: string) => void,
): Promise<void> {
  const pristine = images.map(({ path }) => Deno.readFileSync(path));
  // The first image must not be blamed for what the program compiles and allocates once.
  await explore(memorySource(pristine[0]!));
  for (const job of jobs) {
    report(`start ${job}`);
    const { bytes, size, description } = prepare(job, images, pristine);
    let { reason, isSlow } = await judge(bytes, size);
    // A neighbor that fills the processor's caches makes the same work take longer, but not each time. Nothing else that
    // is wrong with an image is the neighbor's fault.
    for (let again = 0; isSlow && again < 2; again++) {
      ({ reason, isSlow } = await judge(bytes, size));
    }
    if (reason !== undefined) {
      const failure: Failure = { job, description, reason };
      report(`failed ${JSON.stringify(failure)}`);
    }
  }
  report("end");
}

/** What is wrong with how an image was explored, and whether that is only the time that it took. */
interface Verdict {
  readonly reason?: string;
  readonly isSlow?: true;
}

/** Explores an image. */
async function judge(bytes: Uint8Array, size: number | undefined): Promise<Verdict> {
  const memory = startMemory();
  const start = process.cpuUsage();
  try {
    await explore(memorySource(bytes, size));
  } catch (error) {
    return { reason: error instanceof Error ? error.stack ?? error.message : String(error) };
  }
  const { user, system } = process.cpuUsage(start);
  const time = (user + system) / 1000;
  const grown = peakMemory() - memory;
  if (grown > MAX_MEMORY) return { reason: `took ${Math.round(grown / 2 ** 20)} MiB` };
  if (time > MAX_TIME) return { reason: `took ${Math.round(time)} ms`, isSlow: true };
  return {};
}

/** Makes the kernel forget this process's peak of memory, and returns its present memory in bytes. */
function startMemory(): number {
  Deno.writeTextFileSync("/proc/self/clear_refs", "5");
  return peakMemory();
}

function peakMemory(): number {
  const status = Deno.readTextFileSync("/proc/self/status");
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? NaN) * 1024;
}

if (import.meta.main) {
  const encoder = new TextEncoder();
  const report = (line: string) => void Deno.stdout.writeSync(encoder.encode(`${line}\n`));
  const [first = "", jobsFile] = Deno.args;
  if (jobsFile !== undefined) {
    const images: HostileImage[] = JSON.parse(Deno.readTextFileSync(first));
    await runJobs(images, JSON.parse(Deno.readTextFileSync(jobsFile)), report);
  } else {
    const folder = await Deno.makeTempDir({ prefix: "snapvm-hostile-" });
    try {
      const images = await makeHostileImages(folder);
      const pristine = images.map(({ path }) => Deno.readFileSync(path));
      report(prepare(first, images, pristine).description);
      await runJobs(images, [first], (line) => report(line.replaceAll("\\n", "\n")));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }
}
