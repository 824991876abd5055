/**
 * Unpacks a layer and does nothing with it, to tell what Deno's own zlib takes:
 * `deno run -A tests/bench/inflate.ts gzip|zstd FILE`.
 *
 * @module
 */

import { createReadStream } from "node:fs";
import { createGunzip, createZstdDecompress } from "node:zlib";

const [compression, path] = Deno.args;
if (path === undefined) throw new Error("Say how it is compressed, and which file");
const create = compression === "gzip" ? createGunzip : createZstdDecompress;
const stream = createReadStream(path, { highWaterMark: 1 << 18 }).pipe(
  create({ chunkSize: 1 << 20 }),
);
for await (const _ of stream);
