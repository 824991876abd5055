/**
 * `snapvm fs ls -R --json` over 12,000 entries, as a system has them, and 100,000, beside `debugfs`.
 *
 * @module
 */

import type { Measurement } from "./measurement.ts";
import { type CommandLine, compiledSnapvm, peakMemory, run, snapvm, wallTimes } from "./process.ts";

const MIB = 1024 * 1024;
const FEATURES =
  "none,extent,ext_attr,filetype,dir_index,sparse_super,large_file,64bit,extra_isize";

/** The images' names, and how many files and folders are in each. */
const COUNTS = { one: 1, system: 12_000, large: 100_000 };
const PER_FOLDER = 1000;

/** Measures it in `folder`, an empty one. */
export async function measureListing(folder: string): Promise<Measurement[]> {
  for (const [name, count] of Object.entries(COUNTS)) {
    await makeFiles(`${folder}/${name}`, count);
    await makeImage(folder, name, "");
    await makeImage(folder, name, "metadata_csum");
  }
  const list = (image: string) => ["fs", "ls", "-R", "--json", `${folder}/${image}.ext4:/`];
  const peer: CommandLine = ["debugfs", "-f", `${folder}/list`, `${folder}/large.ext4`];
  await Deno.writeTextFile(
    `${folder}/list`,
    Array.from({ length: COUNTS.large / PER_FOLDER }, (_, index) => `ls -l /folder-${index}\n`)
      .join(""),
  );
  const times = await wallTimes({
    version: snapvm("--version"),
    one: snapvm(...list("one")),
    system: snapvm(...list("system")),
    large: snapvm(...list("large")),
    checksums: snapvm(...list("large-metadata_csum")),
    compiledVersion: compiledSnapvm("--version"),
    compiledOne: compiledSnapvm(...list("one")),
    compiledSystem: compiledSnapvm(...list("system")),
    compiledLarge: compiledSnapvm(...list("large")),
    debugfs: peer,
  }, 9);
  const memory = await peakMemory(snapvm(...list("large")), 3);
  const lessMemory = await peakMemory(snapvm(...list("system")), 3);
  const perEntry = (time: number, count: number, start = times.version) =>
    (time - start) * 1000 / count;
  const debugfs = `debugfs ls -l: ${perEntry(times.debugfs, COUNTS.large, 0).toFixed(1)} µs`;
  const system = "fs ls -R --json of 12,000 entries, each beyond --version";
  const large = "fs ls -R --json of 100,000 entries, each beyond --version";
  const one = "fs ls -R --json of one entry: time";
  return [
    {
      name: system,
      value: perEntry(times.system, COUNTS.system),
      unit: "µs",
      limit: 5,
      reason: `${
        perEntry(times.one, COUNTS.system).toFixed(1)
      } µs of it before the first entry; ${debugfs}`,
    },
    {
      name: `${system}, compiled`,
      value: perEntry(times.compiledSystem, COUNTS.system, times.compiledVersion),
      unit: "µs",
    },
    {
      name: large,
      value: perEntry(times.large, COUNTS.large),
      unit: "µs",
      limit: 3,
      reason: debugfs,
    },
    {
      name: `${large}, compiled`,
      value: perEntry(times.compiledLarge, COUNTS.large, times.compiledVersion),
      unit: "µs",
    },
    {
      name: `${large}, with checksums`,
      value: perEntry(times.checksums, COUNTS.large),
      unit: "µs",
      limit: 5,
      reason: debugfs,
    },
    { name: one, value: times.one, unit: "ms" },
    { name: `${one}, compiled`, value: times.compiledOne, unit: "ms" },
    {
      name: "fs ls -R --json of 100,000 entries: memory",
      value: memory / MIB,
      unit: "MiB",
      // The garbage that the runtime has not collected yet varies by this much.
      limit: lessMemory / MIB + 8,
      reason: `12,000 entries (${(lessMemory / MIB).toFixed(0)} MiB) + 8 MiB`,
    },
  ];
}

/** Folders of 1,000 files; the folders count as entries too. */
async function makeFiles(folder: string, count: number): Promise<void> {
  await Deno.mkdir(folder);
  for (let made = 0; made < count;) {
    const path = `${folder}/folder-${made / PER_FOLDER}`;
    await Deno.mkdir(path);
    made++;
    for (let index = 1; index < PER_FOLDER && made < count; index++, made++) {
      Deno.writeTextFileSync(`${path}/a file of some name ${index}`, "");
    }
  }
}

async function makeImage(folder: string, name: string, feature: string): Promise<void> {
  const image = `${folder}/${[name, feature].filter((part) => part !== "").join("-")}.ext4`;
  await Deno.writeFile(image, new Uint8Array());
  await Deno.truncate(image, 512 * MIB);
  await run([
    ...[
      "mke2fs",
      "-q",
      "-F",
      "-t",
      "ext4",
      "-b",
      "4096",
      "-N",
      "120000",
      "-d",
      `${folder}/${name}`,
    ],
    ...["-O", feature === "" ? FEATURES : `${FEATURES},${feature}`, image],
  ] as [string, ...string[]]);
}
