import assert from "node:assert/strict";
import fc from "fast-check";
import { LayerFault } from "../../../lib/oci/layer/layer_fault.ts";
import { LayerWriter } from "../../../lib/oci/layer/layer_writer.ts";
import { TarReader } from "../../../lib/oci/layer/tar_reader.ts";
import { archiveOf } from "./support/layer.ts";
import { LayerModel, type ModelMember, Refused } from "./support/layer_model.ts";
import { MemoryTarget } from "./support/memory_target.ts";

const name = fc.constantFrom("a", "b", "c");
const path = fc.tuple(
  fc.constantFrom("", "", "", "./", "/", "../", "x/../"),
  fc.array(name, { minLength: 1, maxLength: 4 }),
).map(([start, names]) => start + names.join("/"));
const mode = fc.constantFrom(0o700, 0o755, 0o4711);
const data = fc.integer({ min: 0, max: 1e9 }).map(String);

const file = fc.record({ path, mode, data, type: fc.constant("file" as const) });
const fifo = fc.record({ path, mode, type: fc.constant("fifo" as const) });
const folder = fc.record({
  path: fc.oneof(
    { arbitrary: path.map((text) => `${text}/`), weight: 9 },
    { arbitrary: fc.constantFrom(".", "./", "/"), weight: 1 },
  ),
  mode,
  type: fc.constant("directory" as const),
});
const symlink = fc.record({
  path,
  mode,
  type: fc.constant("symlink" as const),
  link: fc.constantFrom(
    "a",
    "b/c",
    "/a/b",
    "..",
    "../c",
    "../../b",
    "/",
    ".",
    "a/",
    "/../c",
    "./b",
  ),
});
const link = fc.record({ path, mode, type: fc.constant("link" as const), link: path });
const whiteout = fc.record({
  path: fc.tuple(fc.array(name, { maxLength: 3 }), fc.constantFrom("a", "b", "c", ".wh..opq")).map(
    ([names, hidden]) => [...names, `.wh.${hidden}`].join("/"),
  ),
  mode,
  type: fc.constant("file" as const),
});

const isWhiteout = ({ path }: ModelMember) => path.split("/").at(-1)!.startsWith(".wh.");

/** What comes of some layers: the tree, or the rule that refuses them. */
function unpack(layers: readonly (readonly ModelMember[])[]): string[] | string {
  const target = new MemoryTarget();
  const writer = new LayerWriter(target);
  try {
    for (const layer of layers) {
      writer.beginLayer();
      const reader = new TarReader(writer);
      reader.push(archiveOf(...layer));
      reader.end();
    }
  } catch (error) {
    if (error instanceof LayerFault) return error.rule;
    throw error;
  }
  return target.describe();
}

function expected(layers: readonly (readonly ModelMember[])[]): string[] | string {
  const model = new LayerModel();
  try {
    for (const layer of layers) model.apply(layer);
  } catch (error) {
    if (error instanceof Refused) return error.rule;
    throw error;
  }
  return model.describe();
}

Deno.test("random layers give what the specification says, whiteouts anywhere among their members", () => {
  const member = fc.oneof(file, folder, fifo, whiteout);
  const layers = fc.array(fc.array(member, { maxLength: 8 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(layers, (stack) => assert.deepEqual(unpack(stack), expected(stack))),
    { seed: 8, numRuns: 1500 },
  );
});

Deno.test("random layers with links of all kinds give what the specification says", () => {
  const member = fc.oneof(file, folder, fifo, symlink, link, whiteout);
  const layers = fc.array(
    // A path through a symbolic link means what it leads to at that moment.
    fc.array(member, { maxLength: 8 }).map((members) => [
      ...members.filter(isWhiteout),
      ...members.filter((each) => !isWhiteout(each)),
    ]),
    { minLength: 1, maxLength: 4 },
  );
  let refused = 0;
  fc.assert(
    fc.property(layers, (stack) => {
      const tree = expected(stack);
      if (typeof tree === "string") refused++;
      assert.deepEqual(unpack(stack), tree);
    }),
    { seed: 8, numRuns: 3000 },
  );
  assert.ok(refused > 300 && refused < 2500, `${refused} of 3000 were refused`);
});
