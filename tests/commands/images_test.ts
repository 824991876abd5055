import assert from "node:assert/strict";
import { dirname } from "node:path";
import { AMD64, run, type TestStore, withStore } from "../store/test_store.ts";
import { snapvm } from "./snapvm.ts";

/** A version with what steers a terminal, and a line end. */
const EVIL_VERSION = "6.1\x1b[31m\nsnapshot    none";
const SHOWN_VERSION = "6.1\\x1b[31m\\x0asnapshot    none";

/** Makes an image whose snapshot holds these empty files, and returns the snapshot's path. */
async function makeImage(store: TestStore, reference: string, files: readonly string[] = []) {
  const [manifest] = await store.image(reference, AMD64);
  const snapshot = `${store.snapshotFolder(manifest!)}/snapshot`;
  const tree = `${store.root}/tree`;
  for (const file of files) {
    await Deno.mkdir(dirname(`${tree}/${file}`), { recursive: true });
    await Deno.writeTextFile(`${tree}/${file}`, "");
  }
  if (files.length > 0) await run("mke2fs", "-q", "-F", "-t", "ext4", "-d", tree, snapshot);
  return snapshot;
}

/** What a command says about the images of a store. */
async function ask(store: TestStore, ...words: string[]): Promise<string> {
  const env = { SNAPVM_STORE: store.root, SNAPVM_HOME: store.root, CONTAINER_APP_ROOT: "" };
  const { status, stdout, stderr } = await snapvm(words, env);
  assert.deepEqual([status, stderr], [0, ""]);
  return stdout;
}

Deno.test("snapvm images and inspect show what is in an image as text, and their JSON has it exactly", () =>
  withStore(async (store) => {
    const modules = `usr/lib/modules/${EVIL_VERSION}`;
    await makeImage(store, "x.io/evil:1", [`${modules}/vmlinuz`, `${modules}/initramfs.img`]);

    const table = await ask(store, "images");
    assert.equal(table.trimEnd().split("\n").length, 2);
    assert.ok(table.includes(` ${SHOWN_VERSION} `), table);
    const [image] = JSON.parse(await ask(store, "images", "--json"));
    assert.equal(image.kernel.version, EVIL_VERSION);

    const words = await ask(store, "inspect", "x.io/evil:1");
    assert.ok(words.includes(`\nkernel      ${SHOWN_VERSION}  /usr/lib/modules/`), words);
    assert.ok(!words.includes("\x1b") && !words.includes("\nsnapshot    none"), words);
  }));
