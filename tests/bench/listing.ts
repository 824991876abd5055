/**
 * `snapvm fs ls -R --json` over 100,000 entries, beside `debugfs`.
 *
 * @module
 */

import type { Measurement } from "./measurement.ts";
import { type CommandLine, peakMemory, run, snapvm, wallTimes } from "./process.ts";

const MIB = 1024 * 1024;
const FEATURES =
  "none,extent,ext_attr,filetype,dir_index,sparse_super,large_file,64bit,extra_isize";

/** The images' names, and how many files and folders are in each. */
const COUNTS = { one: 1, tenth: 10_000, whole: 100_000 };
const PER_FOLDER = 1000;

/** Measures it in `folder`, an empty one. */
export async function measureListing(folder: string): Promise<Measurement[]> {
  for (const [name, count] of Object.entries(COUNTS)) {
    await makeFiles(`${folder}/${name}`, count);
    await makeImage(folder, name, "");
    await makeImage(folder, name, "metadata_csum");
  }
  const list = (image: string) => snapvm("fs", "ls", "-R", "--json", `${folder}/${image}.ext4:/`);
  const peer: CommandLine = ["debugfs", "-f", `${folder}/list`, `${folder}/whole.ext4`];
  await Deno.writeTextFile(
    `${folder}/list`,
    Array.from({ length: COUNTS.whole / PER_FOLDER }, (_, index) => `ls -l /folder-${index}\n`)
      .join(""),
  );
  const times = await wallTimes({
    start: list("one"),
    plain: list("whole"),
    checksums: list("whole-metadata_csum"),
    debugfs: peer,
  }, 5);
  const memory = await peakMemory(list("whole"), 3);
  const lessMemory = await peakMemory(list("tenth"), 3);
  const perEntry = (time: number) => (time - times.start) * 1000 / COUNTS.whole;
  const debugfs = `debugfs ls -l: ${(times.debugfs * 1000 / COUNTS.whole).toFixed(1)} µs`;
  return [
    {
      name: "fs ls -R --json, per entry",
      value: perEntry(times.plain),
      unit: "µs",
      limit: 5,
      reason: debugfs,
    },
    {
      name: "fs ls -R --json with checksums, per entry",
      value: perEntry(times.checksums),
      unit: "µs",
      limit: 10,
      reason: debugfs,
    },
    { name: "fs ls -R --json of one entry: time", value: times.start, unit: "ms" },
    {
      name: "fs ls -R --json of 100,000 entries: memory",
      value: memory / MIB,
      unit: "MiB",
      // What the runtime's collector leaves lying varies by so much.
      limit: lessMemory / MIB + 8,
      reason: `10,000 entries (${(lessMemory / MIB).toFixed(0)} MiB) + 8 MiB`,
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
