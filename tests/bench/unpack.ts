/**
 * `snapvm unpack`: from an image's layers to its snapshot, beside what others take to read them.
 *
 * @module
 */

import { join } from "node:path";

import { fsck } from "../store/oracle/support/mount.ts";
import { benchImage, type BenchImageName } from "./layers.ts";
import type { Measurement } from "./measurement.ts";
import {
  type CommandLine,
  compiledSnapvm,
  medians,
  peakMemory,
  run,
  snapvm,
  wallTime,
} from "./process.ts";
import { type BenchLayer, readLayers } from "./read_layers.ts";

const MIB = 1024 * 1024;
const REFERENCE = "docker.io/library/bench:latest";
const ENGINE = new URL("unpack_layers.ts", import.meta.url).pathname;
const INFLATE = new URL("inflate.ts", import.meta.url).pathname;

/** The programs that are likely to be the fastest to unpack what is compressed so; Debian has all of them. */
const FASTEST: Readonly<Record<string, readonly CommandLine[]>> = {
  gzip: [["igzip", "-dc"], ["libdeflate-gunzip", "-c"], ["pigz", "-dc"], ["gzip", "-dc"]],
  zstd: [["zstd", "-dcq"]],
};

/** Measures it in `folder`, an empty one. */
export async function measureUnpack(folder: string): Promise<Measurement[]> {
  return [
    ...await measureListingTime(folder, "small", "112,440 small files (69 MB gzip, 472 MB)"),
    ...await measureListingTime(folder, "debian", "Debian of 9,000 entries in three layers"),
    ...await measureLarge(folder, "large-gzip", "gzip"),
    ...await measureLarge(folder, "large-zstd", "zstd"),
    ...await measureGrowth(folder),
  ];
}

/** Beside a list of the layers' members, and beside other ways to an image. */
async function measureListingTime(
  folder: string,
  name: BenchImageName,
  title: string,
): Promise<Measurement[]> {
  const image = await Unpacked.begin(folder, name);
  const paths = image.layers.map(({ path }) => path);
  const list: CommandLine = [
    "sh",
    "-c",
    'for layer; do zcat "$layer" | tar t; done',
    "sh",
    ...paths,
  ];
  const times = await medians(5, async () => ({
    list: await wallTime(list),
    ours: await image.time(image.command(snapvm)),
    compiled: await image.time(image.command(compiledSnapvm)),
    engine: await image.time(image.engine()),
  }));
  await fsck(image.snapshot());
  const allocated = await allocatedSize(image.snapshot());

  // Once each: they take long, and nothing depends on them but what is shown.
  const tree = join(folder, "tree");
  await Deno.mkdir(tree);
  const mke2fs = join(folder, "mke2fs");
  const extract = await wallTime([
    "sh",
    "-c",
    'tree=$1; shift; for layer; do tar xzf "$layer" --numeric-owner --xattrs --xattrs-include="*" -C "$tree"; done',
    "sh",
    tree,
    ...paths,
  ]);
  await Deno.remove(tree, { recursive: true });
  const umoci = await wallTime(["umoci", "unpack", "--image", `${image.layout}:latest`, tree]);
  const make = await wallTime(mke2fsOf(join(tree, "rootfs"), mke2fs, image.snapshot()));
  const peerAllocated = await allocatedSize(mke2fs);
  await Deno.remove(tree, { recursive: true });
  await Deno.remove(mke2fs);
  await image.remove();

  const peers = `umoci unpack ${seconds(umoci)}, tar x + mke2fs -d ${seconds(extract + make)}`;
  return [
    {
      name: `unpack ${title}`,
      value: times.ours,
      unit: "ms",
      limit: times.list,
      reason: `zcat LAYER… | tar t (${times.list.toFixed(0)} ms); ${peers}`,
    },
    {
      name: `unpack ${title}, compiled`,
      value: times.compiled,
      unit: "ms",
      limit: times.list,
      reason: "as above",
    },
    { name: `unpackLayers and Ext4Writer alone, ${title}`, value: times.engine, unit: "ms" },
    {
      name: `allocated by unpack, ${title}`,
      value: allocated / MIB,
      unit: "MiB",
      limit: 1.02 * peerAllocated / MIB,
      reason: `1.02 × mke2fs -d of the same tree (${(peerAllocated / MIB).toFixed(1)} MiB)`,
    },
  ];
}

/** Beside the fastest program that only unpacks the layer. */
async function measureLarge(
  folder: string,
  name: BenchImageName,
  compression: string,
): Promise<Measurement[]> {
  const image = await Unpacked.begin(folder, name);
  const [layer] = image.layers;
  const peers = Object.fromEntries(
    (FASTEST[compression] ?? []).map((
      command,
    ) => [command[0], [...command, layer!.path] as CommandLine]),
  );
  const times = await medians(2, async () => {
    const round: Record<string, number> = {};
    for (const [program, command] of Object.entries(peers)) {
      round[program] = await wallTime(command);
    }
    round.write = await image.time(image.writing(2_000_000_000));
    round.ours = await image.time(image.command(snapvm));
    round.compiled = await image.time(image.command(compiledSnapvm));
    round.inflate = await wallTime([
      ...[Deno.execPath(), "run", "-A", INFLATE, compression, layer!.path] as const,
    ]);
    return round;
  });
  await fsck(image.snapshot());
  await image.remove();
  const others = Object.keys(peers).toSorted((a, b) => times[a]! - times[b]!);
  const fastest = others[0]!;
  const reason = `1.3 × ${
    others.map((other) => `${other} (${seconds(times[other]!)})`).join(", ")
  }`;
  const row = { unit: "ms", limit: 1.3 * times[fastest]!, reason };
  const floor = `at least: Deno's zlib alone ${seconds(times.inflate!)}, ` +
    `writing as many zeros ${seconds(times.write!)}`;
  return [
    {
      name: `unpack 2 GB of ${compression}`,
      value: times.ours!,
      ...row,
      reason: `${reason}; ${floor}`,
    },
    { name: `unpack 2 GB of ${compression}, compiled`, value: times.compiled!, ...row },
  ];
}

/** Ten times the entries, no more than ten times the time; and the memory at 1,000,000. */
async function measureGrowth(folder: string): Promise<Measurement[]> {
  const times: number[] = [];
  const perEntry: string[] = [];
  let memory = 0;
  let write = 0;
  for (const count of [10_000, 100_000, 1_000_000]) {
    const image = await Unpacked.begin(folder, `entries-${count}` as BenchImageName);
    const { ours } = await medians(count === 1_000_000 ? 2 : 5, async () => ({
      ours: await image.time(image.command(snapvm)),
    }));
    times.push(ours);
    perEntry.push(`${count}: ${(ours * 1000 / count).toFixed(1)} µs`);
    if (count === 1_000_000) {
      write = await image.time(image.writing(4_100_000_000));
      await image.forget();
      memory = await peakMemory(image.command(snapvm), 1);
      await fsck(image.snapshot());
    }
    await image.remove();
  }
  const [, hundred = 0, million = 0] = times;
  return [
    {
      name: "unpack 1,000,000 tiny files",
      value: million,
      unit: "ms",
      limit: 10 * hundred * 1.1,
      reason: `10 × 100,000 of them, and 10 %; for each entry of ${perEntry.join(", ")}; ` +
        `writing as many blocks of zeros takes ${seconds(write)}`,
    },
    {
      name: "unpack 1,000,000 tiny files: memory",
      value: memory / MIB,
      unit: "MiB",
      limit: 200,
    },
  ];
}

/** An image in a store of Apple's, and the home into which it is unpacked. */
class Unpacked {
  readonly layout: string;
  readonly layers: readonly BenchLayer[];
  readonly #root: string;
  readonly #home: string;

  private constructor(folder: string, layout: string, layers: readonly BenchLayer[]) {
    this.layout = layout;
    this.layers = layers;
    this.#root = join(folder, "root");
    this.#home = join(folder, "home");
  }

  static async begin(folder: string, name: BenchImageName): Promise<Unpacked> {
    const { layout } = await benchImage(name);
    const image = new Unpacked(folder, layout, await readLayers(layout));
    await image.#makeRoot();
    // What is read is in memory for all.
    await run(["cat", ...image.layers.map(({ path }) => path)]);
    return image;
  }

  /** An app root whose blobs are the layout's. */
  async #makeRoot(): Promise<void> {
    await Deno.mkdir(join(this.#root, "content"), { recursive: true });
    await Deno.mkdir(join(this.#root, "snapshots"));
    await run(["cp", "-rl", join(this.layout, "blobs"), join(this.#root, "content/blobs")]);
    const index = await Deno.readTextFile(join(this.layout, "index.json"));
    const bytes = new TextEncoder().encode(index);
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
    await Deno.writeFile(join(this.#root, "content/blobs/sha256", hash), bytes);
    await Deno.writeTextFile(
      join(this.#root, "state.json"),
      JSON.stringify({
        [REFERENCE]: {
          mediaType: "application/vnd.oci.image.index.v1+json",
          digest: `sha256:${hash}`,
          size: bytes.length,
        },
      }),
    );
  }

  /** The command that unpacks it. */
  command(program: (...args: string[]) => CommandLine): CommandLine {
    return [
      "env",
      `SNAPVM_HOME=${this.#home}`,
      `SNAPVM_STORE=${this.#root}`,
      ...program("unpack", REFERENCE, "--platform", "linux/amd64"),
    ];
  }

  /** The same without a store and a command line. */
  engine(): CommandLine {
    return [
      "sh",
      "-c",
      'mkdir -p "$1" && exec "$2" run -A "$3" "$4" "$1/snapshot"',
      "sh",
      join(this.#home, "store/snapshots/engine"),
      Deno.execPath(),
      ENGINE,
      this.layout,
    ];
  }

  /** A command that writes so many bytes and nothing else. */
  writing(size: number): CommandLine {
    return ["sh", "-c", `mkdir "$1" && head -c ${size} /dev/zero >"$1/zeros"`, "sh", this.#home];
  }

  /** Measures it from a home without anything. */
  async time(command: CommandLine): Promise<number> {
    await this.forget();
    return await wallTime(command);
  }

  /** Removes what was unpacked, and waits until the disk has nothing to do. */
  async forget(): Promise<void> {
    await Deno.remove(this.#home, { recursive: true }).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
    await run(["sync", "--file-system", this.#root]);
  }

  /** The snapshot that was made. */
  snapshot(): string {
    const folder = join(this.#home, "store/snapshots");
    for (const { name } of Deno.readDirSync(folder)) {
      if (name !== "ingest") return join(folder, name, "snapshot");
    }
    throw new Error(`Cannot find a snapshot in ${folder}`);
  }

  async remove(): Promise<void> {
    await this.forget();
    await Deno.remove(this.#root, { recursive: true });
  }
}

/** A filesystem of the same size and kind, without what is optional. */
function mke2fsOf(tree: string, image: string, snapshot: string): CommandLine {
  const size = Math.floor(Deno.statSync(snapshot).size / 1024);
  return [
    ...["mke2fs", "-q", "-F", "-t", "ext4", "-b", "4096", "-I", "256"] as const,
    ...["-O", "^has_journal,^resize_inode", "-m", "0", "-E", "lazy_itable_init=1", "-d", tree],
    image,
    `${size}k`,
  ];
}

async function allocatedSize(path: string): Promise<number> {
  return ((await Deno.stat(path)).blocks ?? 0) * 512;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
