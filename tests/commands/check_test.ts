import assert from "node:assert/strict";
import { join } from "node:path";
import { archive, storeWith } from "../store/verify/support/checked_image.ts";
import { run, withFolder } from "../store/support/test_store.ts";
import { snapvm } from "./support/snapvm.ts";

const TIME = 1_700_000_000;

/** Runs a test with a store whose image is what its layers say, and the environment in which it is found. */
function withImage(
  test: (image: { snapshot: string; env: Record<string, string> }) => Promise<void>,
): Promise<void> {
  return withFolder(async (folder) => {
    const many = Array.from({ length: 25 }, (_, index) => `many/${index}`);
    const layer = archive([
      { path: "sbin/", type: "directory", mode: 0o755 },
      { path: "sbin/init", mode: 0o755, content: "#!/bin/sh\n" },
      { path: "many/", type: "directory", mode: 0o755 },
      ...many.map((path) => ({ path, content: "x" })),
    ]);
    const { root, snapshot } = await storeWith(join(folder, "store"), [layer]);
    const script = `
      set -e
      mkdir -p "$1/sbin" "$1/many"
      cd "$1"
      printf '#!/bin/sh\\n' > sbin/init
      chmod 755 sbin/init
      for file in ${many.join(" ")}; do printf x > $file; done
      find . -exec touch -d @${TIME} {} +
      mke2fs -q -F -t ext4 -d . "$2" 8M
    `;
    await run("sh", "-c", script, "sh", join(folder, "tree"), snapshot);
    const env = { SNAPVM_HOME: join(folder, "home"), SNAPVM_STORE: root, CONTAINER_APP_ROOT: "" };
    await test({ snapshot, env });
  });
}

Deno.test("snapvm check says that a snapshot is what its layers say, or what is not", () =>
  withImage(async ({ snapshot, env }) => {
    const image = ["image:1", "--platform", "linux/amd64"];
    const sound = await snapvm(["check", ...image], env);
    assert.deepEqual([sound.status, sound.stderr], [0, ""]);
    assert.equal(
      sound.stdout,
      `image       docker.io/library/image:1
platform    linux/amd64
snapshot    ${snapshot}, 30 names
layers      1 layer

The snapshot is what its layers say.
`,
    );
    const file = await snapvm(["check", snapshot], env);
    assert.deepEqual([file.status, file.stderr], [3, ""]);
    assert.match(file.stdout, /^layers +not compared with: it is a file, .*\n\n.*not known\.\n$/m);

    for (const command of ["clri /sbin/init", "clri /many"]) {
      await run("debugfs", "-w", "-R", command, snapshot);
    }
    const broken = await snapvm(["check", ...image], env);
    assert.deepEqual([broken.status, broken.stderr], [1, ""]);
    const [, listing = ""] = broken.stdout.split(/^layers .*\n\n/m);
    const [lost = "", dead = "", unattached = ""] = listing.split("\n\n");
    assert.match(lost, /^lost \(25\): .*\n( {2}\/many\/\d+ {2}file\n){20} {2}… and 5 more; --json/);
    assert.match(
      dead,
      /^dead \(2\): .*\n {2}\/many {2}Cannot read the inode \d+: .*\n {2}\/sbin\/init {2}Cannot /,
    );
    assert.match(unattached, /^unattached \(25\): .*\n( {2}inode \d+ {2}file, 1 byte\n){20}/);
    assert.match(listing, /\n {2}\/ {2}link count: 5; right is 4\n/);
    assert.match(listing, /\nThe snapshot is not what its layers say: 53 faults\.\n$/);

    const json = await snapvm(["check", ...image, "--json"], env);
    const { findings, ...rest } = JSON.parse(json.stdout);
    assert.equal(json.status, 1);
    assert.equal(findings.length, 53);
    assert.deepEqual(rest, {
      image: "image:1",
      reference: "docker.io/library/image:1",
      store: env["SNAPVM_STORE"],
      manifest: `sha256:${snapshot.split("/").at(-2)}`,
      platform: "linux/amd64",
      snapshot,
      layers: 1,
      uncompared: null,
      entries: 5,
      inexactTimes: 0,
      omitted: 0,
    });

    const inspected = await snapvm(["inspect", ...image], env);
    assert.equal(inspected.status, 0);
    assert.match(inspected.stdout, /^problem +\/sbin\/init is dead in this snapshot: /m);
    assert.match(inspected.stderr, /^hint: Its layers are here: --unpack uses .*\n$/);

    await run("dd", "if=/dev/zero", `of=${snapshot}`, "bs=1k", "seek=1", "count=1", "conv=notrunc");
    const gone = await snapvm(["check", ...image], env);
    assert.deepEqual([gone.status, gone.stdout], [1, ""]);
    assert.match(
      gone.stderr,
      /^error: Cannot use .*: it does not hold a whole filesystem .*\nhint: /,
    );
  }));
