import assert from "node:assert/strict";
import {
  hasCode,
  openImport,
  openTransport,
  parseIndex,
  type Platform,
  writeOciArchive,
} from "../../../lib/oci/mod.ts";
import { makeLayout, readImage, sh, sha256, withFolder } from "./support/images.ts";

const ARM64: Platform = { os: "linux", architecture: "arm64" };
const AMD64: Platform = { os: "linux", architecture: "amd64" };
const S390X: Platform = { os: "linux", architecture: "s390x" };

/** Makes the layout's images one image for two platforms, and one more that is not there. */
async function makeIndex(folder: string): Promise<string> {
  const path = `${folder}/layout/index.json`;
  const { manifests } = parseIndex(await Deno.readFile(path));
  const platforms = [ARM64, AMD64];
  const index = JSON.stringify({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.index.v1+json",
    manifests: [
      ...manifests.map(({ annotations: _, ...manifest }, at) => ({
        ...manifest,
        platform: { ...platforms[at], "os.version": "6.1" },
      })),
      { ...manifests[0], digest: `sha256:${"0".repeat(64)}`, platform: S390X },
    ],
    annotations: { kept: "yes" },
  });
  const digest = sha256(index);
  await Deno.writeTextFile(`${folder}/layout/blobs/sha256/${digest.slice(7)}`, index);
  await Deno.writeTextFile(
    path,
    JSON.stringify({
      schemaVersion: 2,
      manifests: [{
        mediaType: "application/vnd.oci.image.index.v1+json",
        digest,
        size: index.length,
      }],
    }),
  );
  return index;
}

Deno.test("writeOciArchive() writes what skopeo reads, blob by blob the same", async () => {
  await withFolder(async (folder) => {
    await makeLayout(folder);
    const reference = "docker.io/library/x:1";
    const sizes: number[] = [];
    await using source = await openTransport(`oci:${folder}/layout:v1`);
    const written = await writeOciArchive(source, `${folder}/out.tar`, {
      reference,
      onProgress: ({ done, size }) => sizes.push(done, size),
    });
    assert.equal(written.digest, (await source.root()).descriptor.digest);
    assert.equal(sizes.at(-2), sizes.at(-1));
    await sh(
      folder,
      `skopeo copy -q oci-archive:out.tar:${reference} dir:out
       skopeo copy -q oci:layout:v1 dir:expected
       diff -r out expected
       mkdir unpacked && tar -C unpacked -xf out.tar
       umoci unpack --image unpacked:${reference} bundle2`,
    );
    assert.equal(
      await sh(folder, "tar tf out.tar | sed -n '1,3p;$p'"),
      "oci-layout\nblobs/\nblobs/sha256/\nindex.json\n",
    );
    assert.equal(
      await sh(folder, "tar tvf out.tar | awk '{ print $2, $4, $5 }' | sort -u"),
      "0/0 1970-01-01 00:00\n",
    );
    const { manifests } = parseIndex(await Deno.readFile(`${folder}/unpacked/index.json`));
    assert.deepEqual(manifests.map(({ annotations }) => annotations), [{
      "org.opencontainers.image.ref.name": reference,
      "io.containerd.image.name": reference,
    }]);
    // Once more, to something that takes little at a time.
    const pieces: number[] = [];
    await writeOciArchive(source, {
      write(bytes) {
        const piece = bytes.subarray(0, 1000);
        pieces.push(...piece);
        return Promise.resolve(piece.length);
      },
    }, { reference });
    const file = await Deno.readFile(`${folder}/out.tar`);
    assert.equal(sha256(Uint8Array.from(pieces)), sha256(file));
  });
});

Deno.test("writeOciArchive() writes of an index what there is", async () => {
  await withFolder(async (folder) => {
    await makeLayout(folder);
    const v1 = await sh(folder, "skopeo inspect --raw oci:layout:v1");
    const v2 = await sh(folder, "skopeo inspect --raw oci:layout:v2");
    const index = JSON.parse(await makeIndex(folder));
    const out = `${folder}/out.tar`;
    const write = async (platform?: Platform) => {
      await using source = await openTransport(`oci:${folder}/layout`);
      await writeOciArchive(source, out, { platform });
      return await sh(folder, "skopeo inspect --raw oci-archive:out.tar");
    };
    assert.deepEqual(JSON.parse(await write()), {
      ...index,
      manifests: index.manifests.slice(0, 2),
    });
    assert.equal(await write(ARM64), v1);
    assert.equal(await write(AMD64), v2);
    await assert.rejects(write(S390X), (error) => hasCode(error, "blob-not-found"));
    await assert.rejects(write({ os: "linux", architecture: "riscv64" }), (error) => {
      assert(hasCode(error, "image-not-in-source"));
      assert.equal(
        error.message,
        `Cannot find the image "linux/riscv64" in ${folder}/layout: it has "linux/arm64", ` +
          `"linux/amd64", "linux/s390x"`,
      );
      return true;
    });
    // Without its last layer, one of them is not there.
    const lost = JSON.parse(v2).layers.at(-1).digest;
    await Deno.remove(`${folder}/layout/blobs/sha256/${lost.slice(7)}`);
    assert.equal(await write(), v1);
    // The same out of an archive, whose blobs have no paths.
    await sh(folder, "tar -C layout -cf layout.tar .");
    await using source = await openImport(`${folder}/layout.tar`);
    await writeOciArchive(source, `${folder}/again.tar`);
    await sh(folder, "cmp out.tar again.tar");
  });
});

Deno.test("writeOciArchive() leaves what was there if a blob is damaged", async () => {
  await withFolder(async (folder) => {
    await makeLayout(folder);
    await sh(folder, "mkdir out && echo before >out/image.tar");
    await using source = await openTransport(`oci:${folder}/layout:v1`);
    const { manifest } = await readImage(source);
    const layer = manifest.layers[0]!;
    const path = `${folder}/layout/blobs/sha256/${layer.digest.slice(7)}`;
    const bytes = await Deno.readFile(path);
    bytes[bytes.length - 9]! ^= 1;
    await Deno.writeFile(path, bytes);
    await assert.rejects(writeOciArchive(source, `${folder}/out/image.tar`), (error) => {
      assert(hasCode(error, "corrupt-blob"));
      assert.deepEqual(error.data, { digest: layer.digest });
      return true;
    });
    assert.equal(await sh(folder, "cat out/*; ls -A out"), "before\nimage.tar\n");
    await assert.rejects(
      writeOciArchive(source, "/dev/full"),
      (error) => hasCode(error, "unwritable"),
    );
    const signal = AbortSignal.abort(new Error("enough"));
    await assert.rejects(writeOciArchive(source, `${folder}/new.tar`, { signal }), /enough/);
    await assert.rejects(Deno.stat(`${folder}/new.tar`), Deno.errors.NotFound);
  });
});
