import assert from "node:assert/strict";
import { withFolder } from "../store/support/test_store.ts";
import { CLI, type Finished, snapvm } from "./support/snapvm.ts";
import { makeTestImage, type TestImage } from "./support/test_image.ts";
import { TestRegistry } from "./support/test_registry.ts";

/** A folder with a test image, and snapvm with a home of its own in it. */
interface Place {
  readonly folder: string;
  readonly image: TestImage;
  readonly env: Record<string, string>;
  /** Runs snapvm, which has to succeed without a word on standard error, and returns what it prints. */
  read(...words: string[]): Promise<string>;
  snapvm(...words: string[]): Promise<Finished>;
}

async function withImage(test: (place: Place) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const env = { SNAPVM_HOME: `${folder}/home`, SNAPVM_STORE: "", CONTAINER_APP_ROOT: "" };
    await test({
      folder,
      image: await makeTestImage(folder),
      env,
      snapvm: (...words) => snapvm(words, env),
      read: async (...words) => {
        const { status, stdout, stderr } = await snapvm(words, env);
        assert.deepEqual([status, stderr], [0, ""], words.join(" "));
        return stdout;
      },
    });
  });
}

const AMD64 = ["--platform", "linux/amd64"];
const ARM64 = ["--platform", "linux/arm64"];

Deno.test("snapvm import takes an image, and tag, save, rm-image and prune do with it what they say", () =>
  withImage(async ({ folder, image, snapvm, read }) => {
    const imported = await snapvm("import", image.layout, "--name", "os:1", ...AMD64);
    assert.equal(imported.status, 0, imported.stderr);
    assert.match(
      imported.stdout,
      /^docker\.io\/library\/os:1 {2}linux\/amd64 {2}3M in 2 layers, unpacked in .*s\n$/,
    );
    assert.match(imported.stderr, /^docker\.io\/library\/os:1: 3M in 2 layers\n/);
    assert.equal(await read("fs", "cat", "os:1:/etc/hostname", ...AMD64), "amd64\n");

    assert.equal(await read("tag", "os:1", "quay.io/example/os:2"), "");
    assert.match(
      await read("images"),
      /^IMAGE .*\nos:1 +linux\/amd64 .*no kernel\nquay\.io\/example\/os:2 +linux\/amd64 .*\n$/,
    );
    assert.match(await read("images", "--all"), /^os:1 +linux\/arm64 +- +- +no: it was never/m);

    const archive = `${folder}/saved.tar`;
    assert.equal(await read("save", "os:1", archive, ...AMD64), "");
    const again = await snapvm("import", "--quiet", archive, "--name", "os:3", ...AMD64);
    assert.deepEqual(again, {
      ...again,
      status: 0,
      stdout: "docker.io/library/os:3\n",
      stderr: "",
    });

    assert.equal(
      await read("rm-image", "os:1", "quay.io/example/os:2", "os:3"),
      "docker.io/library/os:1\nquay.io/example/os:2\ndocker.io/library/os:3\n",
    );
    const dry = JSON.parse(await read("prune", "--dry-run", "--json"));
    const pruned = JSON.parse(await read("prune", "--json"));
    assert.deepEqual(pruned, dry);
    assert.ok(pruned.size > 3e6, `${pruned.size}`);
    assert.match((await snapvm("images")).stderr, /^No images\. /);
    assert.deepEqual(JSON.parse(await read("store", "check", "--json")).findings, []);
  }));

Deno.test("snapvm run, inspect and fs take skopeo's transports, and what they import has no name", () =>
  withImage(async ({ image, snapvm, read }) => {
    const transport = `oci:${image.layout}:v1`;
    const { status, stdout, stderr } = await snapvm(
      "fs",
      "cat",
      `${transport}:/etc/hostname`,
      ...ARM64,
    );
    assert.deepEqual([status, stdout], [0, "arm64\n"], stderr);
    assert.match(stderr, / {2}3M in 2 layers, unpacked in .*s\n$/);
    const inspected = await snapvm("inspect", "--json", transport, ...ARM64);
    assert.equal(JSON.parse(inspected.stdout).manifest, image.manifests[1]);
    assert.match(inspected.stderr, /unpacked before\n$/);
    const ran = await snapvm("run", transport, ...AMD64, "--", "true");
    assert.equal(ran.status, 125);
    assert.match(ran.stderr, /^error: Cannot find a kernel in the image/m);
    const images: { reference: string | null }[] = JSON.parse(await read("images", "--json"));
    assert.deepEqual(images.map(({ reference }) => reference), [null, null]);
  }));

Deno.test("snapvm pull brings an image once, and says so in the form that is asked for", () =>
  withImage(async ({ image, snapvm, read }) => {
    await using registry = new TestRegistry(image);
    const { reference } = registry;
    const pull = ["pull", "--plain-http", reference, ...AMD64];
    const first = await snapvm(...pull, "--json");
    assert.equal(first.status, 0, first.stderr);
    assert.equal(first.stderr, "");
    const events = first.stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(events[0], {
      type: "resolved",
      reference,
      manifest: image.manifests[0],
      size: events[0].size,
      layers: 2,
    });
    assert.ok(
      events.some(({ digest, state }) => digest === image.bigLayer.digest && state === "complete"),
    );
    const { snapshot, ...result } = events.at(-1);
    assert.deepEqual(result, {
      type: "result",
      reference,
      index: image.index,
      manifest: image.manifests[0],
      platform: "linux/amd64",
    });
    assert.ok((await Deno.stat(snapshot)).isFile);

    const second = await snapvm(...pull);
    assert.equal(second.status, 0);
    assert.match(second.stdout, /there already, unpacked before\n$/);
    assert.equal(await read(...pull, "--quiet"), `${reference}\n`);
    const layers = registry.requests.filter((request) => request.includes(image.bigLayer.digest));
    assert.equal(layers.length, 1, registry.requests.join("\n"));
    assert.equal(await read("fs", "cat", `${reference}:/etc/hostname`, ...AMD64), "amd64\n");
  }));

Deno.test("--pull says whether an image is brought that is not there", () =>
  withImage(async ({ folder, image, env, snapvm: run, read }) => {
    await using registry = new TestRegistry(image);
    const { reference } = registry;
    const cat = ["fs", "cat", "--plain-http", `${reference}:/etc/hostname`, ...AMD64];
    const never = await run(...cat, "--pull", "never");
    assert.equal(never.status, 1);
    assert.match(never.stderr, /^error: Cannot find the image .*\nhint: .*`snapvm pull localhost:/);
    // Where there is `container`, that is what brings images.
    await Deno.mkdir(`${folder}/bin`);
    await Deno.writeTextFile(`${folder}/bin/container`, "", { mode: 0o755 });
    const PATH = `${folder}/bin:${Deno.env.get("PATH")}`;
    const left = await snapvm(cat, { ...env, PATH });
    assert.deepEqual([left.status, left.stderr], [1, never.stderr]);
    assert.deepEqual(registry.requests, []);

    const missing = await run(...cat);
    assert.deepEqual([missing.status, missing.stdout], [0, "amd64\n"], missing.stderr);
    const before = registry.requests.length;
    assert.equal(await read(...cat, "--pull", "missing"), "amd64\n");
    assert.equal(registry.requests.length, before);
    const always = await run(...cat, "--pull", "always");
    assert.deepEqual([always.status, always.stdout], [0, "amd64\n"], always.stderr);
    assert.ok(registry.requests.length > before);

    const unknown = await run("run", "--plain-http", reference.replace("v1", "v2"), "--", "true");
    assert.equal(unknown.status, 125);
    assert.match(unknown.stderr, /^error: /m);
  }));

Deno.test("snapvm pull ends on Ctrl-C, and goes on where it was when it is started again", () =>
  withImage(async ({ image, env, snapvm: run }) => {
    await using registry = new TestRegistry(image);
    registry.stallsAt = 2_000_000;
    const pull = ["pull", "--plain-http", "--json", registry.reference, ...AMD64];
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--allow-all", CLI, ...pull],
      env,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    let text = "";
    for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const events = text.split("\n").slice(0, -1).map((line) => JSON.parse(line));
      if (events.some(({ digest, done }) => digest === image.bigLayer.digest && done > 0)) break;
    }
    child.kill("SIGINT");
    assert.equal((await child.status).code, 130);
    assert.equal(
      await new Response(child.stderr).text(),
      "Interrupted. The same command goes on with what has arrived.\n",
    );

    registry.stallsAt = undefined;
    const again = await run(...pull);
    assert.equal(again.status, 0, again.stderr);
    const events = again.stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
    const resumedAt = Math.max(...events.map((event) => event.resumedAt ?? 0));
    assert.ok(resumedAt > 0, again.stdout);
    assert.ok(
      registry.requests.some((request) => request.endsWith(`from ${resumedAt}`)),
      registry.requests.join("\n"),
    );
  }));

Deno.test("the commands for images say what is wrong with a command line", () =>
  withImage(async ({ snapvm }) => {
    const rows: [words: string[], status: number, message: RegExp][] = [
      [["pull"], 2, /^error: missing required argument 'REF'/],
      [["pull", "Not/A Reference"], 1, /^error: .*"?Not\/A Reference/],
      [["pull", "dir:folder"], 1, /^error: .*snapvm reads `oci:`/],
      [["pull", "--quiet", "--json", "x"], 2, /'-q, --quiet' cannot be used with option '--json'/],
      [["import", "--name", "A B", "x"], 2, /^error: option '--name <ref>' argument 'A B'/],
      [["import", "./nowhere"], 1, /^error: Cannot .* \.\/nowhere: there is no such file/],
      [["unpack", "nothing"], 1, /^error: Cannot find the image "nothing"/],
      [["tag", "nothing", "x"], 1, /^error: Cannot find the image "nothing"/],
      [["rm-image", "nothing", "neither"], 1, /"nothing"[^]*^error: .*"neither"/m],
      [["save", "nothing", "/nowhere/x"], 1, /^error: Cannot find the image "nothing"/],
      [["store", "check", "x"], 2, /^error: too many arguments/],
      [["run", "--pull", "often", "x"], 2, /Allowed choices are missing, always, never\./],
    ];
    const outcomes = await Promise.all(rows.map(([words]) => snapvm(...words)));
    for (const [index, [words, status, message]] of rows.entries()) {
      const outcome = outcomes[index]!;
      assert.equal(outcome.status, status, `${words.join(" ")}: ${outcome.stderr}`);
      assert.match(outcome.stderr, message);
      assert.equal(outcome.stdout, "");
    }
  }));
