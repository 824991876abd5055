import assert from "node:assert/strict";
import { checkVirtualization } from "../../../lib/commands/doctor/check_virtualization.ts";
import { openVirtualization } from "../../../lib/vm/mod.ts";
import { buildDouble } from "../../vz_double/build_double.ts";

const location = { folder: "/nonexistent", library: await buildDouble() };
// Objective-C cannot be unloaded: the test is not to be taken for one that forgot it.
await openVirtualization(location);

Deno.test("checkVirtualization() says how big machines can be, or why there are none", async (t) => {
  await t.step("a Mac that can", async () => {
    const { state, finding } = await checkVirtualization(location);
    assert.equal(state, "ok");
    assert.match(finding, /^macOS .*, up to \d+ processors and [\d.]+\w+ of memory$/);
  });
  await t.step("a Mac that cannot", async () => {
    Deno.env.set("VZ_DOUBLE_SUPPORTED", "0");
    try {
      const { state, advice } = await checkVirtualization(location);
      assert.equal(state, "missing");
      assert.match(advice ?? "", /--backend qemu/);
    } finally {
      Deno.env.delete("VZ_DOUBLE_SUPPORTED");
    }
  });
  await t.step("a library that does not load", async () => {
    const { state, finding, advice } = await checkVirtualization({
      folder: "/nonexistent",
      library: "/nonexistent/library",
    });
    assert.equal(state, "missing");
    assert.match(finding, /^Cannot load the library for Virtualization\.framework: /);
    assert.match(advice ?? "", /macOS 13/);
  });
});
