import assert from "node:assert/strict";
import { adviceFor } from "../../lib/commands/advice.ts";
import { hasCode } from "../../lib/error/mod.ts";
import { openBootableImage } from "../../lib/launch/open_bootable_image.ts";
import { UnbootablePlatform } from "../../lib/launch/unbootable_platform.ts";
import { parsePlatform } from "../../lib/oci/mod.ts";
import { AMD64, ARM64, withStore } from "../store/support/test_store.ts";

Deno.test("openBootableImage() names a platform that can be booted rather than how to unpack one that cannot", () =>
  withStore(async (store) => {
    const amd64 = await store.manifest(AMD64);
    const others = [
      await store.manifest(ARM64),
      await store.manifest({ os: "linux", architecture: "s390x" }),
    ];
    await store.index("x.io/some:1", [amd64, ...others]);
    await store.index("x.io/none:1", others);
    await store.snapshot(amd64);
    const rows = [
      {
        name: "x.io/some:1",
        platform: "linux/arm64",
        unpacks: true,
        advice: /--platform linux\/amd64/,
      },
      {
        name: "x.io/some:1",
        platform: "linux/s390x",
        advice: /^snapvm boots .*Add `--platform linux\/amd64`/,
      },
      { name: "x.io/none:1", platform: "linux/s390x", advice: /^snapvm boots .*`snapvm images`/ },
    ];
    for (const { name, platform, unpacks = false, advice } of rows) {
      const options = { store: store.root, platform: parsePlatform(platform) };
      await assert.rejects(openBootableImage(name, options), (error) => {
        assert.equal(hasCode(error, "snapshot-not-found"), unpacks);
        assert.equal(error instanceof UnbootablePlatform, !unpacks);
        assert.ok(error instanceof Error);
        assert.match(error.message, /^Cannot find a snapshot of /);
        assert.match(adviceFor(error) ?? "", advice);
        assert.equal(adviceFor(error)?.includes("`container "), unpacks);
        return true;
      });
    }
  }));
