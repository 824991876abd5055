/**
 * Whole processes measured from outside: how long they take, how much memory, what they read.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { readProcessFile } from "../host/support/read_process_file.ts";

/** A program and its arguments. */
export type CommandLine = readonly [program: string, ...args: string[]];

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** snapvm out of the checkout. */
export function snapvm(...args: string[]): CommandLine {
  return [Deno.execPath(), "run", "-A", `${ROOT}cli.ts`, ...args];
}

/** snapvm as the one binary that `deno task compile` makes. */
export function compiledSnapvm(...args: string[]): CommandLine {
  const binary = `${ROOT}dist/snapvm`;
  try {
    Deno.statSync(binary);
  } catch (cause) {
    throw new Error(`Cannot measure ${binary}: run \`deno task compile\` first`, { cause });
  }
  return [binary, ...args];
}

/** A Deno program that does nothing. */
export function emptyProgram(): CommandLine {
  return [Deno.execPath(), "run", "-A", fileURLToPath(new URL("empty.ts", import.meta.url))];
}

/**
 * Runs each of the commands in turn, so that what disturbs the machine disturbs all of them alike.
 *
 * @param commands By name.
 * @param rounds How often each is run; one more before is not counted.
 * @returns The median of each, in milliseconds.
 */
export async function wallTimes<Name extends string>(
  commands: Readonly<Record<Name, CommandLine>>,
  rounds = 9,
): Promise<Record<Name, number>> {
  return await medians(rounds, async () => {
    const times = {} as Record<Name, number>;
    for (const name of Object.keys(commands) as Name[]) {
      times[name] = await wallTime(commands[name]);
    }
    return times;
  });
}

/**
 * Measures several things in each of some rounds.
 *
 * @param rounds How many; one more before is not counted.
 * @param round Measures each of them once.
 * @returns The median of each.
 */
export async function medians<Name extends string>(
  rounds: number,
  round: () => Promise<Record<Name, number>>,
): Promise<Record<Name, number>> {
  const names = Object.keys(await round()) as Name[];
  const all: Record<Name, number>[] = [];
  for (let nth = 0; nth < rounds; nth++) all.push(await round());
  const values = names.map((name) => [name, median(all.map((times) => times[name]))]);
  return Object.fromEntries(values) as Record<Name, number>;
}

/** How long a command takes, in milliseconds. */
export async function wallTime(command: CommandLine): Promise<number> {
  const start = performance.now();
  await run(command);
  return performance.now() - start;
}

/** The middle one of some values. */
function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[values.length >> 1] ?? NaN;
}

/** Runs a command to its end, its output thrown away; throws if it fails. */
export async function run(command: CommandLine): Promise<void> {
  const [program, ...args] = command;
  const { success, stderr } = await new Deno.Command(program, {
    args,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) {
    throw new Error(`${command.join(" ")} failed:\n${new TextDecoder().decode(stderr)}`);
  }
}

/**
 * The most memory that a command had at once, in bytes: the median of some runs.
 *
 * The kernel keeps the peak (`VmHWM`) up to the process's end, and no longer: strace holds the process there long enough
 * to read it.
 */
export async function peakMemory(command: CommandLine, rounds = 5): Promise<number> {
  const peaks: number[] = [];
  for (let round = 0; round < rounds; round++) peaks.push(await peakOf(command));
  return median(peaks);
}

async function peakOf(command: CommandLine): Promise<number> {
  const hold = "inject=exit_group:delay_enter=200ms";
  const child = new Deno.Command("strace", {
    // -D: the program is our child, and strace its tracer only.
    args: ["-D", "-f", "-qq", "--seccomp-bpf", "-e", hold, "-o", "/dev/null", ...command],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  let hasEnded = false;
  const ended = child.status.then(({ success }) => {
    hasEnded = true;
    if (!success) throw new Error(`${command.join(" ")} failed`);
  });
  let peak = 0;
  while (!hasEnded) {
    peak = Math.max(peak, readPeak(child.pid));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await ended;
  return peak;
}

/** 0 when the process is over. */
function readPeak(pid: number): number {
  const status = readProcessFile(`/proc/${pid}/status`) ?? "";
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
}

/** How many bytes a command reads of one file, as `strace` sees it. */
export async function bytesRead(command: CommandLine, file: string): Promise<number> {
  const log = await Deno.makeTempFile({ prefix: "snapvm-strace-" });
  try {
    const calls = "trace=read,pread64,readv,preadv,preadv2,mmap,sendfile,copy_file_range";
    await run([
      "strace",
      "-f",
      "-qq",
      "-y",
      "-e",
      calls,
      "-e",
      "signal=none",
      "-o",
      log,
      ...command,
    ]);
    let total = 0;
    // A call that another thread's interrupts is logged in two lines, and only the first one names the file.
    const interrupted = new Set<string | undefined>();
    for (const line of (await Deno.readTextFile(log)).split("\n")) {
      const [thread] = line.split(" ", 1);
      const isResumed = line.includes(" resumed>") && interrupted.delete(thread);
      if (!line.includes(`<${file}>`) && !isResumed) continue;
      if (line.includes(" mmap(")) {
        throw new Error(`Cannot count what is read through memory: ${line}`);
      }
      if (line.endsWith("<unfinished ...>")) {
        interrupted.add(thread);
        continue;
      }
      total += Number(/ = (\d+)$/.exec(line)?.[1] ?? 0);
    }
    return total;
  } finally {
    await Deno.remove(log);
  }
}
