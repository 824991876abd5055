import assert from "node:assert/strict";
import { hasCode, hostPlatform, openImport, parseImageConfig } from "../../../lib/oci/mod.ts";
import { makeLayout, readImage, sh, sha256, withFolder } from "./support/images.ts";

Deno.test("openImport() makes an image of one layer out of a root filesystem's archive", async () => {
  await withFolder(async (folder) => {
    await makeLayout(folder);
    await sh(
      folder,
      `tar -C tree -cf root.tar .
       tar -C tree -cf no-dot.tar etc bin usr
       for program in gzip 'zstd -q' xz; do $program <root.tar >root.\${program%% *}; done`,
    );
    const digestOf = async (name: string) => sha256(await Deno.readFile(`${folder}/${name}`));
    const rows = [
      ["root.tar", "root.tar", "", "root.tar"],
      ["no-dot.tar", "no-dot.tar", "", "no-dot.tar"],
      ["root.gzip", "root.gzip", "+gzip", "root.tar"],
      ["root.zstd", "root.zstd", "+zstd", "root.tar"],
      // Not one of those that layers may have.
      ["root.xz", "root.tar", "", "root.tar"],
    ] as const;
    for (const [file, layer, suffix, archive] of rows) {
      const { size } = await Deno.stat(`${folder}/${layer}`);
      for (const from of [`${folder}/${file}`, "-"]) {
        await using source = await openImport(from, {
          env: { SOURCE_DATE_EPOCH: "1700000000" },
          platform: { os: "linux", architecture: "riscv64" },
          ...(from === "-" && { stdin: (await Deno.open(`${folder}/${file}`)).readable }),
        });
        const image = await readImage(source);
        assert.equal(source.name, from === "-" ? "the standard input" : from);
        assert.equal(image.reference, undefined);
        assert.equal(image.platform, "linux/riscv64");
        assert.deepEqual(image.manifest.layers, [{
          mediaType: `application/vnd.oci.image.layer.v1.tar${suffix}`,
          digest: await digestOf(layer),
          size,
        }], file);
        assert.deepEqual(image.diffIds, [await digestOf(archive)], file);
        const { bytes } = await source.document(image.manifest.config);
        assert.equal(parseImageConfig(bytes).created, "2023-11-14T22:13:20Z");
      }
    }
  });
});

Deno.test("the same root filesystem gives the same digests, in its file's time", async () => {
  await withFolder(async (folder) => {
    await makeLayout(folder);
    await sh(folder, "tar -C tree -cf root.tar . && touch -d @1600000000 root.tar");
    const digests = new Set<string>();
    for (let time = 0; time < 2; time++) {
      await using source = await openImport(`${folder}/root.tar`, { env: {} });
      const { digest, platform, manifest } = await readImage(source);
      digests.add(digest);
      assert.equal(platform, `linux/${hostPlatform().architecture}`);
      const { bytes } = await source.document(manifest.config);
      assert.equal(parseImageConfig(bytes).created, "2020-09-13T12:26:40Z");
    }
    assert.equal(digests.size, 1);
  });
});

Deno.test("openImport() reads every kind of archive from a pipe", async () => {
  await withFolder(async (folder) => {
    await makeLayout(folder);
    await sh(
      folder,
      `skopeo copy -q oci:layout:v1 oci-archive:o.tar
       skopeo copy -q oci:layout:v1 docker-archive:d.tar:docker.io/library/x:1
       gzip -k o.tar; xz -k o.tar`,
    );
    for (const file of ["o.tar", "o.tar.gz", "o.tar.xz", "d.tar"]) {
      await using source = await openImport("-", {
        stdin: (await Deno.open(`${folder}/${file}`)).readable,
      });
      const { diffIds, platform } = await readImage(source);
      assert.equal(diffIds.length, 2, file);
      assert.equal(platform, "linux/arm64", file);
    }
    await sh(folder, "mkfifo fifo");
    const writing = sh(folder, "cat o.tar.gz >fifo");
    await using source = await openImport(`${folder}/fifo`);
    assert.equal((await readImage(source)).diffIds.length, 2);
    await writing;
  });
});

Deno.test("openImport() says what it has looked for", async () => {
  await withFolder(async (folder) => {
    await sh(
      folder,
      `mkdir photos && echo x >photos/holiday.jpg && tar cf photos.tar photos
       gzip -k photos.tar && echo text >text && : >empty && head -c 2000000 /dev/zero >zeros
       head -c 2000000 /dev/urandom >random && mkdir blobs && tar cf blobs.tar blobs`,
    );
    const rows = [
      ["photos", "folder"],
      ["photos.tar", "file"],
      ["photos.tar.gz", "file"],
      ["text", "file"],
      ["empty", "file"],
      ["zeros", "file"],
      ["random", "file"],
      ["blobs.tar", "archive"],
    ] as const;
    for (const [name, what] of rows) {
      const path = `${folder}/${name}`;
      await assert.rejects(openImport(path), (error) => {
        assert(hasCode(error, "unknown-source"), String(error));
        assert.equal(
          error.message,
          `Cannot import ${path}: this ${what} has neither \`oci-layout\` (an OCI layout) nor ` +
            "`manifest.json` (an archive of `docker save`), and no folder of a root filesystem " +
            "such as `bin`, `etc`, `usr`",
        );
        assert.deepEqual(error.data, { path });
        return true;
      });
    }
    await assert.rejects(openImport("/dev/zero"), (error) => hasCode(error, "unknown-source"));
    await assert.rejects(openImport(`${folder}/absent`), (error) => {
      assert(hasCode(error, "source-unreadable"));
      assert.equal(
        error.message,
        `Cannot read the image ${folder}/absent: there is no such file or folder`,
      );
      return true;
    });
  });
});

Deno.test("openImport() makes a layer of a folder with all that is in it, the same each time", async () => {
  await withFolder(async (folder) => {
    await sh(
      folder,
      `mkdir -p tree/etc tree/usr/bin tree/var/tmp tree/mnt && cd tree
       echo hello >etc/hostname && ln etc/hostname etc/again && ln -s ../usr/bin etc/bin
       mkfifo var/fifo && mknod var/null c 1 3 && mknod var/disk b 8 0
       chmod 1777 var/tmp && chmod 4711 usr/bin && chown 1000:2000 etc/hostname && chown -h 7:8 etc/bin
       printf x >$'usr/bin/not \\xff unicode' && truncate -s 5M var/holes && printf end >>var/holes
       printf x >"usr/bin/$(printf 'long%.0s' $(seq 60))"
       setfattr -n user.test -v $'\\0\\x01=\\n' etc/hostname
       setfattr -n security.capability -v 0x0100000200040000000000000000000000000000 usr/bin
       touch -d @1234567890.123456789 etc/hostname var/tmp && touch -d '1950-01-01 UTC' var/fifo`,
    );
    const digests = new Set<string>();
    for (let time = 0; time < 2; time++) {
      await using source = await openImport(`${folder}/tree`, {
        env: { SOURCE_DATE_EPOCH: "1" },
      });
      const { digest, manifest } = await readImage(source);
      digests.add(digest);
      const layer = await Deno.create(`${folder}/layer.tar`);
      for await (const chunk of source.openBlob(manifest.layers[0]!)) await layer.write(chunk);
      layer.close();
    }
    assert.equal(digests.size, 1);
    const facts = `find . -printf '%p %y %m %U:%G %s %T@ %l %n\\n' | sort
      find . -type f -print0 | sort -z | xargs -0 sha256sum
      find . \\( -type c -o -type b \\) -exec stat -c '%n %t %T' {} + | sort
      getfattr -d -R -h -m - -e hex . | grep -v '^# file' | sort`;
    await sh(folder, `mkdir out && tar --xattrs --xattrs-include='*' -C out -xf layer.tar`);
    assert.equal(await sh(`${folder}/out`, facts), await sh(`${folder}/tree`, facts));
  });
});
