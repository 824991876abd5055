/**
 * Unpacks an OCI layout into an image without a store and without a command line, to tell what these cost:
 * `deno run -A tests/bench/unpack_layers.ts LAYOUT IMAGE`.
 *
 * @module
 */

import { Ext4Writer } from "../../lib/ext4/mod.ts";
import { unpackLayers } from "../../lib/oci/mod.ts";
import { readLayers } from "./read_layers.ts";

const [layout, image] = Deno.args;
if (layout === undefined || image === undefined) {
  throw new Error("Say which layout and which image");
}
const layers = await readLayers(layout);
await using writer = await Ext4Writer.create(image);
await unpackLayers(
  writer,
  layers.map(({ path, diffId, ...descriptor }) => ({
    descriptor,
    diffId,
    async *open() {
      using file = await Deno.open(path);
      for (;;) {
        const buffer = new Uint8Array(1024 * 1024);
        const count = await file.read(buffer);
        if (count === null) return;
        yield buffer.subarray(0, count);
      }
    },
  })),
);
await writer.finish();
