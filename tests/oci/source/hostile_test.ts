import assert from "node:assert/strict";
import { hasCode, openImport, openTransport, SnapvmError } from "../../../lib/oci/mod.ts";
import { makeLayout, readImage, sh, withFolder } from "./support/images.ts";

/** Makes `small`, a layout with a single image of one small layer, and its archives `oci.tar` and `docker.tar`. */
async function makeSmall(folder: string): Promise<void> {
  await sh(
    folder,
    `umoci init --layout made && umoci new --image made:v1
     mkdir -p tree/etc && echo hello >tree/etc/hostname && umoci insert --image made:v1 tree /
     umoci init --layout small && skopeo copy -q oci:made:v1 oci:small:v1
     tar -C small -cf oci.tar oci-layout index.json blobs
     skopeo copy -q oci:small docker-archive:docker.tar:x:1`,
  );
}

Deno.test("a hostile layout, in a folder or in an archive, is refused by a typed error", async () => {
  await withFolder(async (folder) => {
    await makeSmall(folder);
    const manifest = JSON.parse(await Deno.readTextFile(`${folder}/small/index.json`)).manifests[0];
    const blob = `blobs/sha256/${manifest.digest.slice(7)}`;
    const damaged = "its bytes have the digest";
    const rows = [
      [`ln -sf /etc/passwd index.json`, "source-unreadable", ""],
      [`mv ${blob} ../x; ln -s ../../../x ${blob}`, "source-unreadable|blob-not-found", ""],
      [`rm ${blob}; mkdir ${blob}`, "source-unreadable|blob-not-found", ""],
      [`rm ${blob}; mkfifo ${blob}`, "source-unreadable|blob-not-found", ""],
      [`rm index.json; ln -s index.json index.json`, "source-unreadable", ""],
      [`rm oci-layout`, "source-unreadable", "it has no file `oci-layout`"],
      [`rm index.json`, "source-unreadable", "it has no index.json"],
      [`rm ${blob}`, "blob-not-found", "it is not in"],
      [`sed -i s/schemaVersion/schemaversion/ ${blob}`, "corrupt-blob", damaged],
      [`echo >>${blob}`, "corrupt-blob", `bytes instead of ${manifest.size}`],
      [`echo '{"imageLayoutVersion":"2.0.0"}' >oci-layout`, "malformed-json", "is not 1.x"],
      [`echo '{}' >oci-layout`, "malformed-json", "has no imageLayoutVersion"],
      [`echo '[]' >index.json`, "malformed-json", "is not an object"],
      [`echo '{"schemaVersion":2,"manifests":[]}' >index.json`, "source-unreadable", "no image"],
      [`truncate -s 5M index.json`, "source-unreadable", "larger than 4194304 bytes"],
      [
        `sed -i 's#sha256:${manifest.digest.slice(7)}#sha256:../../../../etc/passwd#' index.json`,
        "malformed-json",
        "is not a digest",
      ],
      [
        `sed -i s/sha256:/md5:/ index.json; mkdir blobs/md5; cp ${blob} blobs/md5`,
        "invalid-digest",
        "only sha256 can be verified",
      ],
    ] as const;
    for (const [script, codes, reason] of rows) {
      await sh(
        folder,
        `rm -rf hostile hostile.tar x; cp -a small hostile; cd hostile; ${script}
         tar -cf ../hostile.tar *`,
      );
      for (const text of [`oci:${folder}/hostile`, `oci-archive:${folder}/hostile.tar`]) {
        await assert.rejects(openTransport(text), (error) => {
          assert(error instanceof SnapvmError, `${script}: ${error}`);
          assert(codes.split("|").includes(error.code), `${script}: ${text}: ${error}`);
          assert(error.message.includes(reason), `${script}: ${error}`);
          return true;
        });
      }
    }
  });
});

Deno.test("a folder's links are followed inside of it, and no further", async () => {
  await withFolder(async (folder) => {
    await makeSmall(folder);
    const { manifests } = JSON.parse(await Deno.readTextFile(`${folder}/small/index.json`));
    const hex = manifests[0].digest.slice(7);
    await sh(
      folder,
      `mv small/blobs/sha256/${hex} small/kept && ln -s ../../kept small/blobs/sha256/${hex}`,
    );
    {
      await using source = await openTransport(`oci:${folder}/small`);
      assert.equal((await readImage(source)).digest, manifests[0].digest);
    }
    await sh(folder, `mv small/kept . && ln -sf ../../../kept small/blobs/sha256/${hex}`);
    await assert.rejects(openTransport(`oci:${folder}/small`), (error) => {
      assert(hasCode(error, "source-unreadable"));
      assert.equal(
        error.message,
        `Cannot read the image ${folder}/small: its blobs/sha256/${hex} is a link that leads out of it`,
      );
      return true;
    });
  });
});

Deno.test("no name and no link in an archive leads anywhere but to its own members", async () => {
  await withFolder(async (folder) => {
    await makeSmall(folder);
    await sh(
      folder,
      `tar -cPf up.tar --transform 's#^small/blobs/sha256/#blobs/sha256/../sha256/#;s#^small/##' \\
         small/oci-layout small/index.json small/blobs/sha256/*
       tar -cPf slashes.tar --transform 's#^small/#/.//#' small
       mkdir links && tar -C links -xf docker.tar && cd links
       sed -i 's#"Config":"[^"]*"#"Config":"../../../../../../etc/passwd"#' manifest.json
       tar -cPf ../passwd.tar * && rm -f manifest.json && tar -xf ../docker.tar
       layer=$(ls *.tar) && rm "$layer"
       for target in /etc/passwd ../../../etc/passwd "$layer" missing; do
         ln -sf "$target" "$layer" && tar -cPf "../link-$(echo "$target" | tr / _).tar" *
       done`,
    );
    await assert.rejects(
      openTransport(`oci-archive:${folder}/up.tar`),
      (error) => hasCode(error, "blob-not-found"),
    );
    {
      await using source = await openTransport(`oci-archive:${folder}/slashes.tar`);
      assert.equal((await readImage(source)).diffIds.length, 1);
    }
    const links = (await sh(folder, "ls passwd.tar link-*.tar")).trim().split("\n");
    assert.equal(links.length, 5);
    for (const file of links) {
      await assert.rejects(openTransport(`docker-archive:${folder}/${file}`), (error) => {
        assert(hasCode(error, "source-unreadable"), `${file}: ${error}`);
        assert.match(error.message, /: it has no (\.\.\/)*[0-9a-z./]+$/);
        return true;
      });
    }
  });
});

Deno.test("a docker-archive that contradicts itself is refused by a typed error", async () => {
  await withFolder(async (folder) => {
    await makeSmall(folder);
    await sh(folder, "mkdir good && tar -C good -xf docker.tar");
    const rows = [
      [`rm manifest.json`, "source-unreadable", "it has no manifest.json"],
      [`echo '[]' >manifest.json`, "source-unreadable", "lists no image"],
      [`echo '{}' >manifest.json`, "malformed-json", "is not an array"],
      [`echo '[{}]' >manifest.json`, "malformed-json", "has no Config"],
      [`truncate -s 5M manifest.json`, "source-unreadable", "larger than 4194304 bytes"],
      [`sed -i 's/"Layers":\\[/&"x",/' manifest.json`, "source-unreadable", "it has 2 layers"],
      [`rm ????*.json`, "source-unreadable", "it has no"],
      [`echo '{}' >"$(ls -d ????*[0-9a-f].json)"`, "malformed-json", "has no"],
      [`layer=$(ls *.tar); xz <"$layer" >x && mv -f x "$layer"`, "source-unreadable", "with xz"],
      [`layer=$(ls *.tar); bzip2 <"$layer" >x && mv -f x "$layer"`, "source-unreadable", "bzip2"],
    ] as const;
    for (const [script, code, reason] of rows) {
      await sh(
        folder,
        `rm -rf bad bad.tar; cp -a good bad; cd bad; ${script}
         tar -cf ../bad.tar *`,
      );
      await assert.rejects(openTransport(`docker-archive:${folder}/bad.tar`), (error) => {
        assert(error instanceof SnapvmError, `${script}: ${error}`);
        assert.equal(error.code, code, `${script}: ${error}`);
        assert(error.message.includes(reason), `${script}: ${error}`);
        return true;
      });
    }
  });
});

Deno.test("an archive that is cut short anywhere, or has wrong bits, is an image or a typed error", async () => {
  await withFolder(async (folder) => {
    await makeSmall(folder);
    let random = 1;
    const next = (limit: number) => {
      random = Math.imul(random, 1103515245) + 12345 >>> 0;
      return Math.floor(random / 2 ** 32 * limit);
    };
    const outcomes = new Map<string, number>();
    const attempt = async (bytes: Uint8Array<ArrayBuffer>) => {
      const path = `${folder}/attempt`;
      await Deno.writeFile(path, bytes);
      let outcome = "ok";
      try {
        await using source = await openImport(path, { env: {} });
        await readImage(source);
      } catch (error) {
        if (!(error instanceof SnapvmError)) {
          // What the helper itself says of a layer whose bytes are wrong.
          assert.match(String(error), /^Error: sha256:[0-9a-f]{64} of \d+ bytes is sha256:/);
        }
        outcome = error instanceof SnapvmError ? error.code : "layer";
      }
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      return outcome;
    };
    await sh(folder, "gzip -k oci.tar; xz -k oci.tar; zstd -q oci.tar");
    for (const name of ["oci.tar", "docker.tar"]) {
      const whole = await Deno.readFile(`${folder}/${name}`);
      assert.equal(await attempt(whole), "ok");
      for (let length = 0; length < whole.length - 12_000; length += 509) {
        assert.notEqual(await attempt(whole.slice(0, length)), "ok", `${name}: ${length}`);
      }
    }
    for (const name of ["oci.tar", "docker.tar", "oci.tar.gz", "oci.tar.xz", "oci.tar.zst"]) {
      const whole = await Deno.readFile(`${folder}/${name}`);
      for (let time = 0; time < 60; time++) {
        const bytes = whole.slice();
        for (let flips = 1 + next(3); flips > 0; flips--) {
          bytes[next(bytes.length)]! ^= 1 << next(8);
        }
        await attempt(bytes);
      }
    }
    assert((outcomes.get("source-unreadable") ?? 0) > 50, JSON.stringify([...outcomes]));
  });
});

Deno.test("an archive that was made to fill a disk is refused, and its space comes back", async () => {
  await withFolder(async (folder) => {
    await makeSmall(folder);
    await sh(
      folder,
      `cp -a small bomb && truncate -s 150M bomb/blobs/sha256/zeros
       tar -C bomb -c oci-layout index.json blobs | zstd -q >bomb.tar.zst`,
    );
    await assert.rejects(openImport(`${folder}/bomb.tar.zst`), (error) => {
      assert(hasCode(error, "source-unreadable"));
      assert.equal(
        error.message,
        `Cannot read the image ${folder}/bomb.tar.zst: it unpacks to more than 1100 times its size`,
      );
      return true;
    });
  });
});

Deno.test("a header that lies about its size does not lead out of the archive", async () => {
  await withFolder(async (folder) => {
    await makeLayout(folder);
    await sh(folder, "skopeo copy -q oci:layout:v1 oci-archive:o.tar");
    const bytes = await Deno.readFile(`${folder}/o.tar`);
    for (const size of ["77777777777", "00000000001", "-0000000001"]) {
      const lying = bytes.slice();
      // The first file behind the two folders.
      const header = lying.subarray(1024, 1536);
      header.set(new TextEncoder().encode(size), 124);
      header.fill(0x20, 148, 156);
      const sum = header.reduce((total, byte) => total + byte, 0);
      header.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
      await Deno.writeFile(`${folder}/lying.tar`, lying);
      await assert.rejects(
        async () => {
          await using source = await openTransport(`oci-archive:${folder}/lying.tar`);
          await readImage(source);
        },
        (error) => hasCode(error, "source-unreadable", "corrupt-blob"),
        size,
      );
    }
  });
});
