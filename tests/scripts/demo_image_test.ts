import { deepEqual, equal, match } from "node:assert/strict";
import { basename, join } from "node:path";
import { DEMO_REFERENCE } from "../../scripts/demo_image.ts";
import { runProgram } from "../../scripts/images/mod.ts";
import { fixtureImage } from "../fixtures/fixture_image.ts";

Deno.test("the demo image is a chain of true digests from its reference to its snapshot", async () => {
  const { root } = await fixtureImage("demo");
  const blobs = join(root, "content/blobs/sha256");
  const files = Array.from(Deno.readDirSync(blobs), ({ name }) => join(blobs, name));
  const sums = (await runProgram("sha256sum", files)).trim().split("\n");
  deepEqual(sums, files.map((file) => `${basename(file)}  ${file}`));

  const blob = async ({ digest, size }: { digest: string; size: number }) => {
    const text = await Deno.readTextFile(join(blobs, digest.replace("sha256:", "")));
    equal(text.length, size);
    return JSON.parse(text);
  };
  const state = JSON.parse(await Deno.readTextFile(join(root, "state.json")));
  deepEqual(Object.keys(state), [DEMO_REFERENCE]);
  const { manifests: [descriptor] } = await blob(state[DEMO_REFERENCE]);
  const { config, layers: [layer] } = await blob(descriptor);
  deepEqual((await blob(config)).rootfs.diff_ids, [layer.digest]);
  const snapshot = join(root, "snapshots", descriptor.digest.replace("sha256:", ""), "snapshot");
  equal((await Deno.stat(snapshot)).size, 512 * 2 ** 30);
  const info = JSON.parse(await Deno.readTextFile(`${snapshot}-info`));
  equal(info.source, snapshot);

  const members = await runProgram("tar", [
    "--list",
    "--file",
    join(blobs, layer.digest.replace("sha256:", "")),
  ]);
  match(members, /^\.\/usr\/lib\/modules\/[^/]+\/vmlinuz$/m);
  // Exits with another status than 0 when it finds anything at all.
  await runProgram("e2fsck", ["-f", "-n", snapshot]);
});
