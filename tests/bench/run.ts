/**
 * `snapvm run demo -- true`: how long snapvm itself takes before it starts QEMU.
 *
 * In QEMU's place there is a script that leaves a file and ends: what counts is the time of that file, less the time at
 * which snapvm was started.
 *
 * @module
 */

import { demoAppRoot } from "../../scripts/demo_image.ts";
import type { Measurement } from "./measurement.ts";
import { emptyProgram, median, snapvm, wallTimes } from "./process.ts";

const ROUNDS = 15;

/** Measures it in `folder`, an empty one. */
export async function measureRun(folder: string): Promise<Measurement[]> {
  const packages = Deno.build.arch === "aarch64" ? "arm64" : "amd64";
  const store = await demoAppRoot(`${folder}/demo`, packages);
  const qemu = `${folder}/qemu-system-${Deno.build.arch}`;
  const mark = `${folder}/started`;
  await Deno.writeTextFile(qemu, `#!/bin/sh\n: > ${mark}\nexit 1\n`, { mode: 0o755 });
  const [program, ...args] = snapvm("run", "--store", store, "demo", "--", "true");
  const command = new Deno.Command(program, {
    args,
    env: { QEMU_BIN: qemu, SNAPVM_HOME: `${folder}/home` },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  });
  const times: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const start = Date.now();
    const { code } = await command.output();
    // It must end so when QEMU does not start; anything else is no measurement.
    if (code !== 125) throw new Error(`snapvm run ended with ${code}`);
    const { mtime } = await Deno.stat(mark);
    if (round > 0) times.push(mtime!.getTime() - start);
    await Deno.remove(mark);
  }
  const { empty } = await wallTimes({ empty: emptyProgram() });
  return [{
    name: "snapvm run demo -- true: before QEMU starts",
    value: median(times),
    unit: "ms",
    limit: 150,
    reason: `an empty Deno program from start to end: ${empty.toFixed(0)} ms`,
  }];
}
