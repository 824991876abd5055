/**
 * Images to measure with, each an OCI layout of its own: `deno run -A tests/bench/layers.ts FOLDER [NAME…]` puts them
 * there for use by hand. A measurement makes what is missing and keeps it in `tests/fixtures/cache`.
 *
 * All but `debian` are synthetic: their bytes are the same on each machine, up to the version of `gzip` and `zstd`.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

import { tarEnd, tarHeader, type TarMember, tarPadding } from "../../lib/oci/mod.ts";
import { cachedFolder, runProgram } from "../../scripts/images/mod.ts";
import { makeDebianLayout, makePackagesLayout } from "./debian_layout.ts";
import { type BenchLayer, readLayers } from "./read_layers.ts";

/** The names of the images. */
export type BenchImageName =
  /** 112,440 small files in one layer: 468 MB of text, 69 MB as gzip. */
  | "small"
  /** A Debian of some 9,300 entries in three layers of gzip, with whiteouts. */
  | "debian"
  /** 150,000 files of Debian's packages in three layers of gzip: replaced, removed, changed. */
  | "packages"
  /** 2 GB in 40 large files, gzip. */
  | "large-gzip"
  /** The same, zstd. */
  | "large-zstd"
  /** 10,000, 100,000 and 1,000,000 entries: tiny files, gzip. */
  | "entries-10000"
  | "entries-100000"
  | "entries-1000000"
  /** 2,000 files with 20 MB: for measurements of what an image costs at the least. */
  | "tiny";

/** An image to measure with. */
export interface BenchImage {
  /** Its OCI layout. */
  readonly layout: string;
  /** Its layers, the lowest first. */
  readonly layers: readonly BenchLayer[];
}

/** The tag of the image in its layout. */
export const BENCH_TAG = "latest";

type Compression = "gzip" | "zstd";

const CACHE = fileURLToPath(new URL("../fixtures/cache", import.meta.url));
// To be raised when what the images contain changes: they take minutes to make.
const VERSION = "1";
const MIB = 1024 * 1024;
const MAKERS: Readonly<Record<BenchImageName, (layout: string, work: string) => Promise<void>>> = {
  "tiny": (layout) => makeLayout(layout, "gzip", smallFiles(2_000)),
  "small": (layout) => makeLayout(layout, "gzip", smallFiles(112_440)),
  "debian": makeDebianLayout,
  "packages": makePackagesLayout,
  "large-gzip": (layout) => makeLayout(layout, "gzip", largeFiles()),
  "large-zstd": (layout) => makeLayout(layout, "zstd", largeFiles()),
  "entries-10000": (layout) => makeLayout(layout, "gzip", tinyFiles(10_000)),
  "entries-100000": (layout) => makeLayout(layout, "gzip", tinyFiles(100_000)),
  "entries-1000000": (layout) => makeLayout(layout, "gzip", tinyFiles(1_000_000)),
};

/** Returns an image, and makes it if it is not there. */
export async function benchImage(name: BenchImageName): Promise<BenchImage> {
  const layout = await cachedFolder({
    cache: CACHE,
    name: `bench-${name}`,
    recipe: [`${name} ${VERSION}`],
    make: ({ folder, work }) => MAKERS[name](folder, work),
  });
  return { layout, layers: await readLayers(layout) };
}

/** A member of an archive and its bytes. */
interface Content {
  readonly member: TarMember;
  readonly bytes?: Iterable<Uint8Array>;
}

/** Writes a layout with an image of one layer. */
async function makeLayout(
  layout: string,
  compression: Compression,
  contents: Iterable<Content>,
): Promise<void> {
  const blobs = join(layout, "blobs/sha256");
  await Deno.mkdir(blobs, { recursive: true });
  const partial = join(blobs, "layer.partial");
  const [program, args] = compression === "gzip"
    ? ["gzip", ["-n", "-6"]] as const
    : ["zstd", ["-q", "-3"]] as const;
  const child = new Deno.Command(program, {
    args: [...args, "-c"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const compressed = createHash("sha256");
  let size = 0;
  const written = child.stdout.pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(chunk, controller) {
        compressed.update(chunk);
        size += chunk.length;
        controller.enqueue(chunk);
      },
    }),
  ).pipeTo((await Deno.create(partial)).writable);

  const diff = createHash("sha256");
  const writer = child.stdin.getWriter();
  for (const chunk of archive(contents)) {
    diff.update(chunk);
    await writer.write(chunk);
  }
  await writer.close();
  await written;
  if (!(await child.status).success) throw new Error(`${program} failed`);

  const hex = compressed.digest("hex");
  await Deno.rename(partial, join(blobs, hex));
  const type = "application/vnd.oci.image";
  const config = await putJson(blobs, `${type}.config.v1+json`, {
    architecture: "amd64",
    os: "linux",
    config: {},
    rootfs: { type: "layers", diff_ids: [`sha256:${diff.digest("hex")}`] },
  });
  const manifest = await putJson(blobs, `${type}.manifest.v1+json`, {
    schemaVersion: 2,
    mediaType: `${type}.manifest.v1+json`,
    config,
    layers: [{
      mediaType: `${type}.layer.v1.tar+${compression}`,
      digest: `sha256:${hex}`,
      size,
    }],
  });
  await Deno.writeTextFile(join(layout, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  await Deno.writeTextFile(
    join(layout, "index.json"),
    JSON.stringify({
      schemaVersion: 2,
      manifests: [{
        ...manifest,
        platform: { architecture: "amd64", os: "linux" },
        annotations: { "org.opencontainers.image.ref.name": BENCH_TAG },
      }],
    }),
  );
}

async function putJson(blobs: string, mediaType: string, value: unknown) {
  const text = JSON.stringify(value);
  const hex = createHash("sha256").update(text).digest("hex");
  await Deno.writeTextFile(join(blobs, hex), text);
  return { mediaType, digest: `sha256:${hex}`, size: new TextEncoder().encode(text).length };
}

/** Packs members into chunks of 1 MiB. */
function* archive(contents: Iterable<Content>): Generator<Uint8Array<ArrayBuffer>> {
  let chunk = new Uint8Array(MIB);
  let length = 0;
  for (const bytes of archiveParts(contents)) {
    for (let done = 0; done < bytes.length;) {
      const part = bytes.subarray(done, done + chunk.length - length);
      chunk.set(part, length);
      length += part.length;
      done += part.length;
      if (length === chunk.length) {
        yield chunk;
        chunk = new Uint8Array(MIB);
        length = 0;
      }
    }
  }
  yield chunk.subarray(0, length);
}

function* archiveParts(contents: Iterable<Content>): Generator<Uint8Array> {
  for (const { member, bytes } of contents) {
    yield tarHeader(member);
    if (bytes !== undefined) yield* bytes;
    yield tarPadding(member.size);
  }
  yield tarEnd;
}

const encoder = new TextEncoder();
const NOTHING = { mode: 0o644, uid: 0, gid: 0, size: 0 } as const;

function directory(path: string): Content {
  return {
    member: {
      ...NOTHING,
      path: encoder.encode(`${path}/`),
      type: "directory",
      mode: 0o755,
      ...at(),
    },
  };
}

function file(path: string, ...bytes: Uint8Array[]): Content {
  const size = bytes.reduce((sum, { length }) => sum + length, 0);
  return { member: { ...NOTHING, path: encoder.encode(path), type: "file", size, ...at() }, bytes };
}

function link(type: "link" | "symlink", path: string, target: string): Content {
  return {
    member: {
      ...NOTHING,
      path: encoder.encode(path),
      type,
      mode: type === "link" ? 0o644 : 0o777,
      linkPath: encoder.encode(target),
      ...at(),
    },
  };
}

let seconds = 1_600_000_000;
/** A time of its own for each entry. */
function at(): { readonly mtimeNs: bigint } {
  return { mtimeNs: BigInt(seconds++) * 1_000_000_000n };
}

/** A system's small files: many folders, names of 8 to 140 bytes, some links of both kinds. */
function* smallFiles(count: number): Generator<Content> {
  seconds = 1_600_000_000;
  const random = generator(1);
  const text = makeText(2, 64 * MIB, 0.34);
  const wordAt = () => WORDS[Math.floor(random() * WORDS.length)]!;
  let folder = "usr";
  let last = "";
  let made = 1;
  yield directory(folder);
  for (let nth = 0; made < count; nth++) {
    if (nth % 14 === 0) {
      const depth = 1 + Math.floor(random() * 6);
      const parts = folder.split("/").slice(0, depth);
      folder = [...parts, `${wordAt()}-${made}`].join("/");
      yield directory(folder);
      made++;
      if (made === count) return;
    }
    const path = `${folder}/${wordAt()}-${wordAt()}-${nth}.txt`;
    const kind = random();
    if (kind < 0.02) yield link("symlink", path, `../${wordAt()}/${wordAt()}`);
    else if (kind < 0.03 && last !== "") yield link("link", path, last);
    else {
      // Most are small, a few are not: the mean is 3.3 kB.
      const size = Math.floor(
        Math.min(1e6, 400 * Math.exp(random() * 4.3) * (random() < 0.01 ? 8 : 1)) / 1.88,
      );
      const offset = Math.floor(random() * (text.length - size));
      yield file(path, text.subarray(offset, offset + size));
      last = path;
    }
    made++;
  }
}

/** Files of 1 to 100 MB, 2 GB together. */
function* largeFiles(): Generator<Content> {
  seconds = 1_600_000_000;
  const random = generator(3);
  const text = makeText(4, 128 * MIB, 0);
  yield directory("srv");
  for (let nth = 0, left = 2_000_000_000; left > 0; nth++) {
    const size = Math.min(left, Math.floor(1e6 + random() * 99e6));
    left -= size;
    const parts: Uint8Array[] = [];
    for (let done = 0; done < size;) {
      const length = Math.min(size - done, Math.floor(1e6 + random() * 9e6));
      const offset = Math.floor(random() * (text.length - length));
      parts.push(text.subarray(offset, offset + length));
      done += length;
    }
    yield file(`srv/image-${nth}.bin`, ...parts);
  }
}

/** Tiny files, 999 to a folder. */
function* tinyFiles(count: number): Generator<Content> {
  seconds = 1_600_000_000;
  const random = generator(5);
  const text = makeText(6, MIB, 0.5);
  let folder = "";
  for (let made = 0; made < count; made++) {
    if (made % 1000 === 0) {
      folder = `folder-${made / 1000}`;
      yield directory(folder);
      continue;
    }
    const offset = Math.floor(random() * (text.length - 200));
    yield file(
      `${folder}/entry-${made}`,
      text.subarray(offset, offset + Math.floor(random() * 200)),
    );
  }
}

/** Numbers from 0 to 1, the same ones for the same seed (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}

const WORDS = makeWords();

function makeWords(): string[] {
  const random = generator(7);
  const syllables = [
    "ba",
    "con",
    "de",
    "er",
    "fi",
    "gra",
    "in",
    "lo",
    "men",
    "no",
    "ra",
    "st",
    "ti",
  ];
  return Array.from(
    { length: 8192 },
    () =>
      Array.from(
        { length: 1 + Math.floor(random() * 4) },
        () => syllables[Math.floor(random() * syllables.length)],
      ).join(""),
  );
}

/**
 * Text that compressors find about as much in as in a program's: words, the frequent ones more often, and passages that
 * were there shortly before.
 *
 * @param repeated How many of the passages are.
 */
function makeText(seed: number, length: number, repeated: number): Uint8Array<ArrayBuffer> {
  const random = generator(seed);
  const words = WORDS.map((word) => encoder.encode(`${word} `));
  const text = new Uint8Array(length);
  for (let done = 0; done < length;) {
    if (random() < repeated && done > 32_768) {
      // Most of them not long before.
      const start = done - 80 - Math.floor(Math.exp(random() * 10.2));
      const part = Math.min(length - done, 16 + Math.floor(random() * 96));
      text.copyWithin(done, start, start + part);
      done += part;
    } else {
      const word = words[Math.floor(random() * random() * words.length)]!
        .subarray(0, length - done);
      text.set(word, done);
      done += word.length;
      if (random() < 0.1 && done < length) text[done - 1] = 10;
    }
  }
  return text;
}

if (import.meta.main) {
  const [folder, ...names] = Deno.args;
  if (folder === undefined) throw new Error("Say which folder");
  await Deno.mkdir(folder, { recursive: true });
  const wanted = names.length > 0
    ? names as BenchImageName[]
    : Object.keys(MAKERS) as BenchImageName[];
  for (const name of wanted) {
    const { layout, layers } = await benchImage(name);
    const target = join(folder, name);
    // The blobs are never changed: the same files under a second name.
    await runProgram("cp", ["-al", "--remove-destination", "-T", layout, target]);
    for (const { path, size, diffId } of layers) {
      await Deno.stdout.write(encoder.encode(`${name} ${basename(path)} ${size} ${diffId}\n`));
    }
  }
}
