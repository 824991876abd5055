import { Buffer } from "node:buffer";
import assert from "node:assert/strict";
import { openRegistry, parseManifest } from "../../../lib/oci/mod.ts";
import { digestOf, makeLayout } from "./support/make_layout.ts";
import { startRegistry } from "./support/test_registry.ts";

Deno.test("openRegistry() reads an image from a registry", async () => {
  const folder = await Deno.makeTempDir({ prefix: "snapvm-registry-test-" });
  const image = await makeLayout(`${folder}/layout`, [3_000_000, 10, 0]);
  {
    await using registry = await startRegistry();
    await registry.push(`oci:${image.folder}:v1`, "example/image:v1");
    const name = `${registry.host}/example/image:v1`;
    await using source = await openRegistry(name, { plainHttp: true, env: {} });
    assert.equal(source.reference, name);
    const { descriptor, bytes } = await source.root();
    assert.equal(descriptor.digest, image.manifest);
    const manifest = parseManifest(bytes);
    const config = await source.document(manifest.config);
    assert.equal(digestOf(config.bytes), manifest.config.digest);
    for (const layer of manifest.layers) {
      const chunks = await Array.fromAsync(source.openBlob(layer));
      assert.equal(digestOf(Buffer.concat(chunks)), layer.digest);
    }
  }
  await Deno.remove(folder, { recursive: true });
});
