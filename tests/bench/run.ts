/**
 * `snapvm run demo -- true`: how long snapvm itself takes before it starts QEMU.
 *
 * In QEMU's place there is a script that leaves a file and ends: what counts is the time of that file, less the time at
 * which snapvm was started.
 *
 * @module
 */

import { demoAppRoot } from "../../scripts/demo_image.ts";
import { timeToStart, writeStandIn } from "./hypervisor_start.ts";
import type { Measurement } from "./measurement.ts";
import { compiledSnapvm, emptyProgram, medians, snapvm, wallTime } from "./process.ts";

/** Measures it in `folder`, an empty one. */
export async function measureRun(folder: string): Promise<Measurement[]> {
  const packages = Deno.build.arch === "aarch64" ? "arm64" : "amd64";
  const store = await demoAppRoot(`${folder}/demo`, packages);
  await writeStandIn(folder);
  const words = ["run", "--store", store, "demo", "--", "true"];
  const env = { SNAPVM_HOME: `${folder}/home` };
  const times = await medians(15, async () => ({
    started: await timeToStart({ command: snapvm(...words), env, folder }),
    compiled: await timeToStart({ command: compiledSnapvm(...words), env, folder }),
    empty: await wallTime(emptyProgram()),
  }));
  const name = "snapvm run demo -- true: before QEMU starts";
  return [
    {
      name,
      value: times.started,
      unit: "ms",
      limit: 90,
      reason: `an empty Deno program from start to end: ${times.empty.toFixed(0)} ms`,
    },
    { name: `${name}, compiled`, value: times.compiled, unit: "ms" },
  ];
}
