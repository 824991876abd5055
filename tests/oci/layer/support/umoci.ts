import { gzipSync } from "node:zlib";
import type { LayerInput } from "../../../../lib/oci/mod.ts";
import { bash, run } from "./host_tree.ts";
import { digestOf, layerOf } from "./layer.ts";

/** What makes each layer's folder: a Debian in small, and upper layers that change everything about it. */
const LAYERS = [
  `mkdir -p usr/bin usr/lib/deep etc/conf.d var/log/old srv/data home/user
   ln -s usr/bin bin; ln -s usr/lib lib; ln -s /usr/lib lib64
   for i in $(seq 50); do echo "tool $i" > usr/bin/tool$i; done; chmod 4755 usr/bin/tool1
   ln usr/bin/tool1 usr/bin/hard1; ln usr/bin/tool1 usr/lib/hard2; ln -s tool2 usr/bin/soft
   seq 200000 > usr/lib/large; truncate -s 3M usr/lib/holes; echo x >> usr/lib/holes
   echo a > etc/conf.d/a; echo b > etc/conf.d/b; echo old > var/log/old/log; mkfifo var/pipe
   mknod srv/null c 1 3; echo keep > srv/data/keep; echo go > srv/data/go
   chown -R 1000:1000 home/user; setfattr -n user.comment -v text etc/conf.d/a
   printf x > "$(printf 'home/odd\\377name')"; echo f > becomes-folder; mkdir becomes-file
   echo c > becomes-file/child; ln -s etc becomes-real; echo 1 > becomes-link`,
  `mkdir -p etc/conf.d srv/data becomes-folder usr/bin usr/lib becomes-real var/log
   touch etc/conf.d/.wh..wh..opq; echo c > etc/conf.d/c; touch srv/data/.wh.go
   touch usr/bin/.wh.tool1 usr/bin/.wh.tool3; echo new > usr/bin/tool4; touch var/log/.wh.old
   echo in > becomes-folder/in; echo file > becomes-file; echo real > becomes-real/real
   ln -s elsewhere becomes-link; chmod 700 srv/data; touch var/.wh.none .wh.absent`,
  `mkdir -p var/log/old usr/bin; echo again > var/log/old/log; touch .wh.becomes-link
   echo t > usr/bin/tool1; ln usr/bin/tool1 usr/bin/hard3; touch usr/bin/.wh.soft; echo s > srv
   touch -d @-86400.25 usr/bin/tool1`,
];

/** Members of a layer that a folder cannot have: below a symbolic link, and a hard link to a lower layer's file. */
const LAST = String.raw`
  echo through > through; tar --format=pax -cf last.tar --transform 's,^through$,lib/through,' through
  tar --format=pax -rf last.tar --transform 's,^through$,lib64/deep/absolute,' through
  tar --format=pax -rf last.tar --transform 's,^through$,./bin/../usr/./steps,' through`;

/** Calls `use` with layers, and with the folder of this machine that umoci has unpacked them to. */
export async function withUmoci(
  use: (layers: readonly LayerInput[], rootfs: string, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const layers: LayerInput[] = [];
    for (const [index, script] of LAYERS.entries()) {
      await bash(`mkdir l${index}; cd l${index}; ${script}`, folder);
      await bash(
        `tar --format=pax --sort=name --numeric-owner --xattrs --sparse -cf ${index}.tar -C l${index} .`,
        folder,
      );
    }
    await bash(LAST, folder);
    await bash(`mv last.tar ${LAYERS.length}.tar; mkdir -p image/blobs/sha256`, folder);
    for (let index = 0; index <= LAYERS.length; index++) {
      const archive = await Deno.readFile(`${folder}/${index}.tar`);
      const blob = index % 2 === 0 ? new Uint8Array(gzipSync(archive)) : archive;
      const mediaType = `application/vnd.oci.image.layer.v1.tar${index % 2 === 0 ? "+gzip" : ""}`;
      const layer = layerOf(blob, { mediaType, archive, pieceSize: 65536 });
      layers.push(layer);
      const path = `${folder}/image/blobs/${layer.descriptor.digest.replace(":", "/")}`;
      await Deno.writeFile(path, blob);
    }
    await writeLayout(`${folder}/image`, layers);
    await run("umoci", ["unpack", "--image", "image:test", "bundle"], folder);
    await use(layers, `${folder}/bundle/rootfs`, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Completes an image layout whose layers are there. */
async function writeLayout(folder: string, layers: readonly LayerInput[]): Promise<void> {
  const write = async (mediaType: string, document: unknown) => {
    const data = new TextEncoder().encode(JSON.stringify(document));
    const digest = digestOf(data);
    await Deno.writeFile(`${folder}/blobs/${digest.replace(":", "/")}`, data);
    return { mediaType, digest, size: data.length };
  };
  const config = await write("application/vnd.oci.image.config.v1+json", {
    architecture: "amd64",
    os: "linux",
    config: {},
    rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
  });
  const manifest = await write("application/vnd.oci.image.manifest.v1+json", {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config,
    layers: layers.map(({ descriptor }) => descriptor),
  });
  await Deno.writeTextFile(`${folder}/oci-layout`, '{"imageLayoutVersion":"1.0.0"}');
  await Deno.writeTextFile(
    `${folder}/index.json`,
    JSON.stringify({
      schemaVersion: 2,
      manifests: [{
        ...manifest,
        annotations: { "org.opencontainers.image.ref.name": "test" },
      }],
    }),
  );
}
