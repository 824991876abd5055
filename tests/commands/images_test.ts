import assert from "node:assert/strict";
import { dirname } from "node:path";
import type { Platform } from "../../lib/oci/mod.ts";
import { AMD64, run, type TestStore, withStore } from "../store/support/test_store.ts";
import { snapvm } from "./support/snapvm.ts";

/** A version with what steers a terminal, and a line end. */
const EVIL_VERSION = "6.1\x1b[31m\nsnapshot    none";
const SHOWN_VERSION = "6.1\\x1b[31m\\x0asnapshot    none";

const KERNEL = ["usr/lib/modules/6.1/vmlinuz", "usr/lib/modules/6.1/initramfs.img"];

/** Makes an image whose snapshot holds these files, all empty. */
async function makeImage(
  store: TestStore,
  reference: string,
  files: readonly string[],
  platform: Platform = AMD64,
): Promise<void> {
  const [manifest] = await store.image(reference, platform);
  const snapshot = `${store.snapshotFolder(manifest!)}/snapshot`;
  const tree = `${store.root}/${reference}`;
  for (const file of files) {
    await Deno.mkdir(dirname(`${tree}/${file}`), { recursive: true });
    await Deno.writeTextFile(`${tree}/${file}`, "");
  }
  await run("mke2fs", "-q", "-F", "-t", "ext4", "-d", tree, snapshot);
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

Deno.test("snapvm images says that an image cannot boot for whose processor there is no machine", () =>
  withStore(async (store) => {
    await makeImage(store, "x.io/mainframe:1", KERNEL, { os: "linux", architecture: "s390x" });
    const why = "there is no machine with a s390x processor";
    assert.match(await ask(store, "images"), new RegExp(` 6\\.1 +no: ${why}\n$`));
    const [image] = JSON.parse(await ask(store, "images", "--json"));
    assert.deepEqual([image.bootable, image.problems], [false, [why]]);
    assert.equal(image.kernel.version, "6.1");
  }));

Deno.test("snapvm images and inspect say that there is no kernel only where nothing better is known", () =>
  withStore(async (store) => {
    await makeImage(store, "x.io/half:1", ["usr/lib/modules/6.1/vmlinuz"]);
    await makeImage(store, "x.io/plain:1", ["etc/hostname"]);
    const [half, plain] = JSON.parse(await ask(store, "images", "--json"));
    const why = /^\/usr\/lib\/modules\/6\.1\/vmlinuz has no initramfs: /;
    assert.deepEqual([half.bootable, half.problems.length], [false, 1]);
    assert.match(half.problems[0], why);
    assert.deepEqual(plain.problems, ["it has no kernel"]);

    const [, , reason = ""] = /^(x\.io\/half:1 .* no: )(.*)$/m.exec(await ask(store, "images")) ??
      [];
    assert.match(reason, why);
    const chains = await Promise.all(
      ["half", "plain"].map((name) =>
        ask(store, "inspect", `x.io/${name}:1`, "--json").then(JSON.parse)
      ),
    );
    assert.deepEqual(chains.map(({ problems }) => problems), [
      half.problems,
      ["the image has no kernel"],
    ]);
  }));
