import assert from "node:assert/strict";
import { join } from "node:path";
import { archive, storeWith } from "../store/verify/support/checked_image.ts";
import { run, withFolder } from "../store/support/test_store.ts";
import { snapvm } from "./support/snapvm.ts";

const PLATFORM = ["--platform", "linux/amd64"];

Deno.test("--unpack uses snapvm's own snapshot where another one is broken, and makes it once", () =>
  withFolder(async (folder) => {
    const layer = archive([
      { path: "etc/", type: "directory", mode: 0o755 },
      { path: "etc/passwd", content: "root:x:0:0::/:/bin/sh\n" },
      { path: "etc/hostname", content: "whole\n" },
    ]);
    const { root, snapshot } = await storeWith(join(folder, "store"), [layer]);
    await run("mke2fs", "-q", "-F", "-t", "ext4", snapshot, "8M");
    await Deno.writeTextFile(join(folder, "passwd"), "root");
    for (const command of ["mkdir /etc", "write passwd /etc/passwd", "clri /etc/passwd"]) {
      const script = 'cd "$1" && debugfs -w -R "$2" "$3"';
      await run("sh", "-c", script, "sh", folder, command, snapshot);
    }
    const home = join(folder, "home");
    const env = { SNAPVM_HOME: home, SNAPVM_STORE: root, CONTAINER_APP_ROOT: "" };
    const files = () => run("find", root, "-printf", "%P %s %T@\n");
    const before = await files();

    const broken = await snapvm(["inspect", "image:1", ...PLATFORM], env);
    assert.match(broken.stdout, /^problem +\/etc\/passwd is dead in this snapshot: /m);
    assert.match(broken.stderr, /^hint: Its layers are here: --unpack /m);

    const own = await snapvm(["inspect", "image:1", ...PLATFORM, "--unpack", "--json"], env);
    const { store, snapshot: made, problems } = JSON.parse(own.stdout);
    assert.equal(store, join(home, "store"));
    assert.ok(made.path.startsWith(join(home, "store", "snapshots")), made.path);
    assert.deepEqual(problems, ["the image has no kernel"]);
    const { ino } = await Deno.stat(made.path);

    const cat = ["fs", "cat", "image:1:/etc/hostname", ...PLATFORM];
    assert.equal((await snapvm([...cat, "--unpack"], env)).stdout, "whole\n");
    assert.equal((await Deno.stat(made.path)).ino, ino);
    // Its layers are still where they were.
    const check = await snapvm(["check", "image:1", ...PLATFORM, "--store", store], env);
    assert.deepEqual([check.status, check.stderr], [0, ""]);
    assert.equal(await files(), before);

    // Without a superblock the other one cannot be opened at all.
    await Deno.remove(home, { recursive: true });
    await run("dd", "if=/dev/zero", `of=${snapshot}`, "bs=1k", "seek=1", "count=1", "conv=notrunc");
    const gone = await snapvm([...cat, "--pull", "never"], env);
    assert.deepEqual([gone.status, gone.stdout], [1, ""]);
    const mended = await snapvm([...cat, "--pull", "never", "--unpack"], env);
    assert.deepEqual([mended.status, mended.stdout], [0, "whole\n"]);

    const none = await snapvm(["fs", "ls", "nosuch:/", "--unpack", "--pull", "never"], env);
    assert.equal(none.status, 1);
    assert.match(none.stderr, /^error: Cannot find the image "nosuch"/);
  }));
