/**
 * `snapvm run --backend vz demo -- true`: how long snapvm itself takes before Virtualization.framework starts a machine.
 *
 * In the framework's place there is its double, and in place of the QEMU that this starts, a script that leaves a file
 * and ends at once. Images, clones and machines are on a filesystem whose files can share blocks, as APFS's can.
 *
 * @module
 */

import { demoAppRoot } from "../../scripts/demo_image.ts";
import { runProgram } from "../../scripts/images/mod.ts";
import { cloningFilesystem } from "../vm/support/cloning_filesystem.ts";
import { buildDouble } from "../vz_double/build_double.ts";
import { timeToStart, writeStandIn } from "./hypervisor_start.ts";
import type { Measurement } from "./measurement.ts";
import {
  type CommandLine,
  compiledSnapvm,
  emptyProgram,
  medians,
  run,
  snapvm,
  wallTime,
} from "./process.ts";

/** Measures it in `folder`, an empty one. */
export async function measureVirtualization(folder: string): Promise<Measurement[]> {
  await using filesystem = await cloningFilesystem();
  const packages = Deno.build.arch === "aarch64" ? "arm64" : "amd64";
  const store = `${filesystem.path}/store`;
  // In few pieces, as a snapshot is written that is unpacked: how many there are counts for a clone.
  await run(["cp", "-a", await demoAppRoot(`${folder}/demo`, packages), store]);
  await run(["sync", "--file-system", store]);
  const library = await buildDouble();
  await writeStandIn(folder);

  const report = `${folder}/report`;
  const measureParts: CommandLine = [
    Deno.execPath(),
    ...["run", "-A", new URL("virtualization_parts.ts", import.meta.url).href],
    ...[library, await foundationOf(library), await snapshotIn(store), filesystem.path, report],
  ];
  const words = ["run", "--backend", "vz", "--store", store, "demo", "--", "true"];
  const env = { SNAPVM_HOME: `${filesystem.path}/home`, SNAPVM_VZ_LIBRARY: library };
  const times = await medians(9, async () => {
    const started = await timeToStart({ command: snapvm(...words), env, folder });
    const compiled = await timeToStart({ command: compiledSnapvm(...words), env, folder });
    await run(measureParts);
    const parts: Record<"foundation" | "loading" | "clone", number> = JSON.parse(
      await Deno.readTextFile(report),
    );
    return { ...parts, started, compiled, empty: await wallTime(emptyProgram()) };
  });
  return [
    {
      name: "snapvm run --backend vz demo -- true: before the framework starts it",
      value: times.started,
      unit: "ms",
      limit: 110,
      reason: `an empty Deno program: ${times.empty.toFixed(0)} ms`,
    },
    {
      name: "snapvm run --backend vz demo -- true: before the framework starts it, compiled",
      value: times.compiled,
      unit: "ms",
    },
    {
      name: "the library for Virtualization.framework: checking and loading",
      value: times.loading,
      unit: "ms",
      limit: 20,
      reason: `of which GNUstep's Foundation: ${times.foundation.toFixed(0)} ms`,
    },
    {
      name: "the clone of a snapshot of 512 GiB on Btrfs",
      value: times.clone,
      unit: "ms",
      limit: 10,
      reason: "whatever the snapshot's size",
    },
  ];
}

/** The library of GNUstep that stands in for Foundation, which every program on a Mac shares. */
async function foundationOf(library: string): Promise<string> {
  const path = /=> (\S*libgnustep-base\S*)/.exec(await runProgram("ldd", [library]))?.[1];
  if (path === undefined) throw new Error(`${library} has no Foundation`);
  return path;
}

/** The path of the only snapshot in an app root. */
async function snapshotIn(store: string): Promise<string> {
  for await (const { name } of Deno.readDir(`${store}/snapshots`)) {
    if (name !== "ingest") return `${store}/snapshots/${name}/snapshot`;
  }
  throw new Error(`There is no snapshot in ${store}`);
}
