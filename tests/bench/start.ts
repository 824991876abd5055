/**
 * `snapvm --version`: what every command takes before it begins its work.
 *
 * @module
 */

import type { Measurement } from "./measurement.ts";
import { compiledSnapvm, emptyProgram, peakMemory, snapvm, wallTimes } from "./process.ts";

const MIB = 1024 * 1024;

/** Measures it. */
export async function measureStart(): Promise<Measurement[]> {
  const version = snapvm("--version");
  const compiled = compiledSnapvm("--version");
  const times = await wallTimes({ version, compiled, empty: emptyProgram() }, 21);
  const memory = await peakMemory(version);
  const emptyMemory = await peakMemory(emptyProgram());
  return [
    {
      name: "snapvm --version: time",
      value: times.version,
      unit: "ms",
      limit: 2 * times.empty,
      reason: `2 × an empty Deno program (${times.empty.toFixed(0)} ms)`,
    },
    { name: "snapvm --version, compiled: time", value: times.compiled, unit: "ms" },
    {
      name: "snapvm --version: memory",
      value: memory / MIB,
      unit: "MiB",
      limit: emptyMemory / MIB + 8,
      reason: `an empty Deno program (${(emptyMemory / MIB).toFixed(0)} MiB) + 8 MiB`,
    },
    {
      name: "snapvm --version, compiled: memory",
      value: await peakMemory(compiled) / MIB,
      unit: "MiB",
    },
  ];
}
