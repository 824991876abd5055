/**
 * `snapvm run demo -- true`: how long snapvm itself takes before it starts QEMU.
 *
 * In QEMU's place there is a script that ends at once, so that what is measured from outside, from the start of the
 * process to its end, holds all that comes before QEMU, and the start and end of the script beside it.
 *
 * @module
 */

import { demoAppRoot } from "../../scripts/demo_image.ts";
import type { Measurement } from "./measurement.ts";
import { type CommandLine, emptyProgram, snapvm, wallTimes } from "./process.ts";

/** Measures it in `folder`, an empty one. */
export async function measureRun(folder: string): Promise<Measurement[]> {
  const packages = Deno.build.arch === "aarch64" ? "arm64" : "amd64";
  const store = await demoAppRoot(`${folder}/demo`, packages);
  const qemu = `${folder}/qemu-system-${Deno.build.arch}`;
  await Deno.writeTextFile(qemu, "#!/bin/sh\nexit 1\n", { mode: 0o755 });
  const command = snapvm("run", "--store", store, "demo", "--", "true").join(" ");
  // snapvm ends with 125, as it must when QEMU does not start; anything else is no measurement.
  const script = `QEMU_BIN=${qemu} SNAPVM_HOME=${folder}/home ${command}; test $? = 125`;
  const whole: CommandLine = ["sh", "-c", script];
  const times = await wallTimes({ whole, empty: emptyProgram() });
  return [{
    name: "snapvm run demo -- true: before QEMU starts",
    value: times.whole,
    unit: "ms",
    limit: 150,
    reason: `an empty Deno program: ${times.empty.toFixed(0)} ms`,
  }];
}
