import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { hasCode, openImport, openTransport, parseIndex } from "../../../lib/oci/mod.ts";
import { makeLayout, readImage, sh, sha256, withFolder } from "./support/images.ts";

Deno.test("openTransport() and openImport() give what skopeo gives of an OCI layout", async () => {
  await withFolder(async (folder) => {
    await makeLayout(folder);
    await sh(
      folder,
      `skopeo copy -q oci:layout:v1 oci-archive:one.tar:example.com/x/y:1
       for program in gzip 'zstd -q' xz; do $program <one.tar >one.tar.\${program%% *}; done
       umoci init --layout single
       skopeo copy -q oci:layout:v2 oci:single:latest`,
    );
    const raw = async (transport: string) => await sh(folder, `skopeo inspect --raw ${transport}`);
    const rows = [
      ["oci:layout:v1", "oci:layout:v1", undefined],
      ["oci:layout:@1", "oci:layout:v2", undefined],
      [`oci:layout:${sha256(await raw("oci:layout:v2"))}`, "oci:layout:v2", undefined],
      ["oci:single", "oci:layout:v2", undefined],
      ["oci-archive:one.tar", "oci:layout:v1", "example.com/x/y:1"],
      ["oci-archive:one.tar:example.com/x/y:1", "oci:layout:v1", "example.com/x/y:1"],
      ["oci-archive:one.tar.zstd", "oci:layout:v1", "example.com/x/y:1"],
      ["single", "oci:layout:v2", undefined],
      ["one.tar", "oci:layout:v1", "example.com/x/y:1"],
      ["one.tar.gzip", "oci:layout:v1", "example.com/x/y:1"],
      ["one.tar.zstd", "oci:layout:v1", "example.com/x/y:1"],
      ["one.tar.xz", "oci:layout:v1", "example.com/x/y:1"],
    ] as const;
    for (const [text, oracle, reference] of rows) {
      const [, transport = "", path = ""] = /^([a-z-]+:)?(.*)$/.exec(text) ?? [];
      await using source = transport === ""
        ? await openImport(`${folder}/${path}`)
        : await openTransport(`${transport}${folder}/${path}`);
      const image = await readImage(source);
      assert.equal(image.raw, await raw(oracle), text);
      assert.equal(image.reference, reference, text);
      assert.equal(image.platform, "linux/arm64", text);
    }
  });
});

Deno.test("a source in a folder says where its blobs are, and reads them from an offset", async () => {
  await withFolder(async (folder) => {
    await makeLayout(folder);
    await sh(folder, "skopeo copy -q oci:layout:v1 oci-archive:one.tar");
    for (const text of [`oci:${folder}/layout:v1`, `oci-archive:${folder}/one.tar`]) {
      await using source = await openTransport(text);
      const { manifest } = await readImage(source);
      const layer = manifest.layers[0]!;
      const hex = layer.digest.slice(7);
      const expected = await Deno.readFile(`${folder}/layout/blobs/sha256/${hex}`);
      assert.equal(
        source.blobPath?.(layer),
        text.startsWith("oci:") ? `${folder}/layout/blobs/sha256/${hex}` : undefined,
      );
      const rest = await Array.fromAsync(source.openBlob(layer, { offset: 100_000 }));
      assert.deepEqual(Buffer.concat(rest), Buffer.from(expected.subarray(100_000)));
    }
  });
});

Deno.test("a docker-archive has the configuration and layers that its image has", async () => {
  await withFolder(async (folder) => {
    await makeLayout(folder);
    await sh(
      folder,
      `skopeo copy -q oci:layout:v1 docker-archive:old.tar:docker.io/library/x:1
       gzip <old.tar >old.tar.gz
       # As Docker has made them since version 25: blobs under their digests.
       mkdir new && tar -C new -xf old.tar && cd new && mkdir -p blobs/sha256
       for file in *.tar *.json; do
         [[ $file == manifest.json ]] || mv "$file" "blobs/sha256/\${file%.*}"
       done
       sed -i -E 's#"([0-9a-f]{64})\\.(tar|json)"#"blobs/sha256/\\1"#g' manifest.json
       rm -r ????*/VERSION ????*/json repositories; find . -type l -delete; find . -type d -empty -delete
       tar cf ../new.tar manifest.json blobs
       # As Docker made them before version 1.10: the layer in a folder, of which others are links.
       mkdir ../linked && tar -C ../linked -xf ../old.tar && cd ../linked
       sed -i -E 's#"([0-9a-f]{64})\\.tar"#"\\1.dir/layer.tar"#g' manifest.json
       for file in *.tar; do mkdir "\${file%.tar}.dir"; ln -s "../$file" "\${file%.tar}.dir/layer.tar"; done
       tar cf ../linked.tar *
       # Compressed layers, which skopeo reads too.
       mkdir ../packed && tar -C ../packed -xf ../old.tar && cd ../packed
       for file in *.tar; do cat "$file" | gzip >packed; mv -f packed "$file"; done
       tar cf ../packed.tar *`,
    );
    const raw = await sh(folder, "skopeo inspect --raw docker-archive:old.tar");
    const oracle: { config: { digest: string }; layers: { digest: string; size: number }[] } = JSON
      .parse(raw);
    const config = JSON.parse(await sh(folder, "skopeo inspect --config --raw oci:layout:v1"));
    for (const file of ["old.tar", "old.tar.gz", "new.tar", "linked.tar", "packed.tar"]) {
      for (const text of [`${folder}/${file}`, `docker-archive:${folder}/${file}:x:1`]) {
        await using source = text.startsWith("/")
          ? await openImport(text)
          : await openTransport(text);
        const image = await readImage(source);
        assert.equal(image.reference, "docker.io/library/x:1", text);
        assert.equal(image.manifest.config.digest, oracle.config.digest, text);
        assert.deepEqual(image.diffIds, config.rootfs.diff_ids, text);
        assert.deepEqual(source.platforms, [{ os: "linux", architecture: "arm64" }]);
        const mediaType = "application/vnd.oci.image.layer.v1.tar";
        if (file === "packed.tar") {
          const types = image.manifest.layers.map((layer) => layer.mediaType);
          assert.deepEqual(types, [`${mediaType}+gzip`, `${mediaType}+gzip`]);
          continue;
        }
        assert.deepEqual(
          image.manifest.layers,
          oracle.layers.map(({ digest, size }) => ({ mediaType, digest, size })),
          text,
        );
      }
    }
  });
});

Deno.test("an image that has to be chosen is chosen by name, place or digest, and what there is listed", async () => {
  await withFolder(async (folder) => {
    await makeLayout(folder);
    await sh(
      folder,
      `tar -C layout -cf layout.tar .
       skopeo copy -q oci:layout:v1 docker-archive:d1.tar:docker.io/library/x:1
       skopeo copy -q oci:layout:v2 docker-archive:d2.tar:example.com/y:2
       mkdir both && tar -C both -xf d1.tar && mv both/manifest.json first.json
       tar -C both -xf d2.tar && mv both/manifest.json second.json
       echo "[$(sed 's/^.//;s/.$//' first.json),$(sed 's/^.//;s/.$//' second.json)]" >both/manifest.json
       tar -C both -cf both.tar .`,
    );
    const several = (source: string, list: string) =>
      `Cannot choose an image of ${folder}/${source}: it has several: ${list}`;
    const absent = (wanted: string, source: string, list: string) =>
      `Cannot find the image "${wanted}" in ${folder}/${source}: it has ${list}`;
    const OCI = '"v1", "v2"';
    const DOCKER = '"docker.io/library/x:1", "example.com/y:2"';
    const rows = [
      ["oci:", "layout", "", several("layout", OCI)],
      ["oci-archive:", "layout.tar", "", several("layout.tar", OCI)],
      ["docker-archive:", "both.tar", "", several("both.tar", DOCKER)],
      ["oci:", "layout", ":v3", absent("v3", "layout", OCI)],
      ["oci:", "layout", ":@2", absent("@2", "layout", OCI)],
      ["docker-archive:", "both.tar", ":x:2", absent("x:2", "both.tar", DOCKER)],
      ["docker-archive:", "both.tar", ":@7", absent("@7", "both.tar", DOCKER)],
    ] as const;
    for (const [transport, path, image, message] of rows) {
      await assert.rejects(openTransport(`${transport}${folder}/${path}${image}`), (error) => {
        assert(hasCode(error, "image-not-in-source"));
        assert.equal(error.message, message);
        assert.equal(error.data.images.length, 2);
        return true;
      });
    }
    const choices = [
      [":@1", "example.com/y:2"],
      [":example.com/y:2", "example.com/y:2"],
      [":x:1", "docker.io/library/x:1"],
    ] as const;
    for (const [image, reference] of choices) {
      await using source = await openTransport(`docker-archive:${folder}/both.tar${image}`);
      assert.equal((await readImage(source)).reference, reference);
    }
    await using source = await openImport(`${folder}/layout.tar`, { image: { name: "v2" } });
    assert.equal(
      (await readImage(source)).raw,
      await sh(folder, "skopeo inspect --raw oci:layout:v2"),
    );
  });
});

Deno.test("an index of several platforms is given as it is, also one that is nested", async () => {
  await withFolder(async (folder) => {
    await makeLayout(folder);
    const path = `${folder}/layout/index.json`;
    const { manifests } = parseIndex(await Deno.readFile(path));
    const platforms = ["arm64", "amd64"];
    const index = JSON.stringify({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.index.v1+json",
      manifests: manifests.map(({ annotations: _, ...manifest }, at) => ({
        ...manifest,
        platform: { os: "linux", architecture: platforms[at] },
      })),
    });
    const put = async (text: string) => {
      const digest = sha256(text);
      await Deno.writeTextFile(`${folder}/layout/blobs/sha256/${digest.slice(7)}`, text);
      return {
        mediaType: "application/vnd.oci.image.index.v1+json",
        digest,
        size: text.length,
        annotations: { "io.containerd.image.name": "quay.io/x/y:1" },
      };
    };
    const inner = await put(index);
    const outer = await put(JSON.stringify({ schemaVersion: 2, manifests: [inner] }));
    const lists = [
      [index, undefined],
      [JSON.stringify({ schemaVersion: 2, manifests: [inner] }), "quay.io/x/y:1"],
      [JSON.stringify({ schemaVersion: 2, manifests: [outer] }), "quay.io/x/y:1"],
    ] as const;
    for (const [list, reference] of lists) {
      await Deno.writeTextFile(path, list);
      await using source = await openTransport(`oci:${folder}/layout`);
      const root = await source.root();
      assert.equal(new TextDecoder().decode(root.bytes), index);
      assert.equal(root.descriptor.digest, sha256(index));
      assert.equal(source.reference, reference);
    }
  });
});
