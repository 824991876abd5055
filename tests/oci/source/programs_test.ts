import assert from "node:assert/strict";
import { hasCode, openTransport } from "../../../lib/oci/mod.ts";
import { makeLayout, readImage, sh, withFolder } from "./support/images.ts";

/** Calls `use` with a `$PATH` that begins with a folder. */
async function withPath(path: string, use: () => Promise<void>): Promise<void> {
  const before = Deno.env.get("PATH") ?? "";
  Deno.env.set("PATH", path);
  try {
    await use();
  } finally {
    Deno.env.set("PATH", before);
  }
}

/** Makes `podman` and `docker`, which know the images of two archives as the real ones do. */
async function makePrograms(folder: string): Promise<void> {
  await makeLayout(folder);
  await sh(
    folder,
    `skopeo copy -q oci:layout:v1 oci-archive:podman.tar:localhost/built:latest
     skopeo copy -q oci:layout:v1 docker-archive:docker.tar:docker.io/library/built:latest
     mkdir programs
     cat >programs/podman <<'END'
#!/bin/sh
[ "$*" = "save -q --format oci-archive -- built" ] && exec cat "\${0%/*}/../podman.tar"
echo 'time="…" level=warning msg="cgroups"' >&2
echo "Error: $6: image not known" >&2
exit 125
END
     cat >programs/docker <<'END'
#!/bin/sh
case $3 in
built) exec cat "\${0%/*}/../docker.tar" ;;
half) head -c 20000 "\${0%/*}/../docker.tar"; exit 0 ;;
slow) echo $$ >"\${0%/*}/../pid"; exec sleep 60 ;;
esac
echo "Error response from daemon: reference does not exist" >&2
exit 1
END
     chmod +x programs/*`,
  );
}

Deno.test("openTransport() reads the images of podman and of Docker through them", async () => {
  await withFolder(async (folder) => {
    await makePrograms(folder);
    const config = JSON.parse(await sh(folder, "skopeo inspect --config --raw oci:layout:v1"));
    await withPath(`${folder}/programs:${Deno.env.get("PATH")}`, async () => {
      const rows = [
        ["containers-storage:built", "localhost/built:latest"],
        ["docker-daemon:built", "docker.io/library/built:latest"],
      ] as const;
      for (const [text, reference] of rows) {
        await using source = await openTransport(text);
        const image = await readImage(source);
        assert.equal(source.name, text);
        assert.equal(image.reference, reference);
        assert.deepEqual(image.diffIds, config.rootfs.diff_ids);
      }
    });
  });
});

Deno.test("openTransport() tells what podman and Docker say, and whether they are there", async () => {
  await withFolder(async (folder) => {
    await makePrograms(folder);
    await withPath(`${folder}/programs:${Deno.env.get("PATH")}`, async () => {
      const rows = [
        ["containers-storage:other", "podman says: Error: other: image not known", "podman", 125],
        [
          "docker-daemon:other",
          "docker says: Error response from daemon: reference does not exist",
          "docker",
          1,
        ],
      ] as const;
      for (const [text, reason, program, status] of rows) {
        await assert.rejects(openTransport(text), (error) => {
          assert(hasCode(error, "program-failed"), String(error));
          assert.equal(error.message, `Cannot read the image ${text}: ${reason}`);
          assert.deepEqual(error.data, { program, status });
          return true;
        });
      }
      await assert.rejects(
        openTransport("docker-daemon:half"),
        (error) => hasCode(error, "source-unreadable"),
      );
    });
    await withPath(`${folder}/tree`, async () => {
      await assert.rejects(openTransport("containers-storage:built"), (error) => {
        assert(hasCode(error, "program-not-found"));
        assert.equal(
          error.message,
          "Cannot read the image containers-storage:built: podman, which reads it, is not installed",
        );
        assert.deepEqual(error.data, { program: "podman" });
        return true;
      });
    });
  });
});

Deno.test("a program that is still at it is gone once the signal has aborted", async () => {
  await withFolder(async (folder) => {
    await makePrograms(folder);
    await withPath(`${folder}/programs:${Deno.env.get("PATH")}`, async () => {
      const controller = new AbortController();
      const reason = new Error("enough");
      const opening = openTransport("docker-daemon:slow", { signal: controller.signal });
      opening.catch(() => {});
      let pid = "";
      while (pid === "") {
        await new Promise((resolve) => setTimeout(resolve, 10));
        pid = (await Deno.readTextFile(`${folder}/pid`).catch(() => "")).trim();
      }
      controller.abort(reason);
      await assert.rejects(opening, reason);
      await assert.rejects(Deno.stat(`/proc/${pid}`), Deno.errors.NotFound);
    });
  });
});
