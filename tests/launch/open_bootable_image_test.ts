import assert from "node:assert/strict";
import { SnapvmError } from "../../lib/error/mod.ts";
import { openBootableImage } from "../../lib/launch/mod.ts";
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
        code: "snapshot-not-found",
        unpacked: ["linux/amd64"],
      },
      {
        name: "x.io/some:1",
        platform: "linux/s390x",
        code: "unbootable-platform",
        unpacked: ["linux/amd64"],
      },
      { name: "x.io/none:1", platform: "linux/s390x", code: "unbootable-platform", unpacked: [] },
    ];
    for (const { name, platform, code, unpacked } of rows) {
      const options = { store: store.root, platform: parsePlatform(platform) };
      await assert.rejects(openBootableImage(name, options), (error) => {
        assert.ok(error instanceof SnapvmError);
        assert.match(error.message, /^Cannot find a snapshot of /);
        assert.equal(error.code, code);
        assert.deepEqual(error.data.unpacked, unpacked);
        return true;
      });
    }
  }));
