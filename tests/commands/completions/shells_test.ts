import assert from "node:assert/strict";
import { AMD64, ARM64, makeExt4, TestStore, withFolder } from "../../store/support/test_store.ts";
import { installSnapvm, KEYS, type Shell, typeInto } from "../support/shell_session.ts";

const SHELLS: readonly Shell[] = ["bash", "zsh", "fish"];

/** A folder with snapvm in `bin` and with a store, as the environment of a shell. */
async function withImages(
  test: (folder: string, env: Record<string, string>) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const store = new TestStore(`${folder}/store`);
    await store.image("docker.io/library/demo:latest", AMD64, ARM64);
    await store.image("docker.io/library/demo:other", AMD64);
    await store.image("quay.io/example/os:42", AMD64);
    // It cannot be used before it is unpacked.
    await store.index("docker.io/library/pulled:1", [await store.manifest(AMD64, "pulled")]);
    await Deno.symlink(store.root, `${folder}/my store`);
    await Deno.mkdir(`${folder}/hostile`);
    await Deno.writeTextFile(`${folder}/hostile/x$(touch touched)`, "");
    await makeExt4(`${folder}/image`, "-d", `${folder}/hostile`);
    await installSnapvm(folder);
    await Deno.mkdir(`${folder}/a folder/below`, { recursive: true });
    await Deno.writeTextFile(`${folder}/a file`, "");
    const env = { SNAPVM_STORE: store.root, SNAPVM_HOME: `${folder}/home`, CONTAINER_APP_ROOT: "" };
    await test(folder, env);
  });
}

/** Lines, and what each of them is after Tab. */
const COMPLETED = [
  ["snapvm ima", "snapvm images "],
  ["snapvm fs tr", "snapvm fs tree "],
  ["snapvm help fs tr", "snapvm help fs tree "],
  // There is a hidden command, too, whose name begins like this.
  ["snapvm comple", "snapvm completions "],
  ["snapvm completions z", "snapvm completions zsh "],
  ["snapvm --vers", "snapvm --version "],
  ["snapvm run --read", "snapvm run --read-only "],
  ["snapvm run --backend q", "snapvm run --backend qemu "],
  ["snapvm run --backend=q", "snapvm run --backend=qemu "],
  ["snapvm run demo:l", "snapvm run demo:latest "],
  ["snapvm run --cpus 2 demo:l", "snapvm run --cpus 2 demo:latest "],
  ["snapvm run --store=store demo:l", "snapvm run --store=store demo:latest "],
  ["snapvm run --store ~/store demo:l", "snapvm run --store ~/store demo:latest "],
  [
    String.raw`snapvm run --store my\ store demo:l`,
    String.raw`snapvm run --store my\ store demo:latest `,
  ],
  ["snapvm run --store 'my store' demo:l", "snapvm run --store 'my store' demo:latest "],
  ["snapvm inspect qu", "snapvm inspect quay.io/example/os:42 "],
  ["snapvm unpack pul", "snapvm unpack pulled:1 "],
  [String.raw`snapvm import a\ fi`, String.raw`snapvm import a\ file `],
  ["snapvm store c", "snapvm store check "],
  ["snapvm inspect docker.io/library/demo:l", "snapvm inspect docker.io/library/demo:latest "],
  ["snapvm fs ls quay.io/example/os:42", "snapvm fs ls quay.io/example/os:42:/"],
  ["snapvm fs ls demo:other:/lo", "snapvm fs ls demo:other:/lost+found/"],
  ["snapvm fs cat demo:other:/x demo:l", "snapvm fs cat demo:other:/x demo:latest:/"],
  ["snapvm images --store a", String.raw`snapvm images --store a\ folder/`],
  [String.raw`snapvm images --store a\ fo`, String.raw`snapvm images --store a\ folder/`],
  ["snapvm images --store ~/a", String.raw`snapvm images --store ~/a\ folder/`],
  ["snapvm kernel -o a", String.raw`snapvm kernel -o a\ folder/`],
  [String.raw`snapvm run --console-log a\ fi`, String.raw`snapvm run --console-log a\ file `],
  // A name that would be a command if it were not quoted.
  ["snapvm fs cat ./image:/x", String.raw`snapvm fs cat ./image:/x\$\(touch\ touched\) `],
  ["./bin/snapvm ima", "./bin/snapvm images "],
  ["~/bin/snapvm ima", "~/bin/snapvm images "],
] as const;

/** Lines that Tab leaves as they are. */
const LEFT = [
  "snapvm nosuch",
  "snapvm nosuch ima",
  "snapvm run pulled",
  "snapvm run demo:latest -- ima",
  "snapvm run --store nowhere demo:l",
  "snapvm fs ls demo:other:/no/such/",
  "snapvm run $(touch touched) --nosuch",
] as const;

for (const shell of SHELLS) {
  Deno.test(`Tab in ${shell} completes commands, options, their values, images and paths`, async () => {
    await withImages(async (folder, env) => {
      const typed = [...COMPLETED.map(([line]) => line), ...LEFT];
      const lines = await typeInto(shell, folder, typed, KEYS.tab, env);
      assert.deepEqual(lines, [...COMPLETED.map(([, line]) => line), ...LEFT]);
      // What is typed is not run.
      await assert.rejects(Deno.stat(`${folder}/touched`), Deno.errors.NotFound);
    });
  });

  Deno.test(`${shell} proposes all that can stand there`, async () => {
    await withImages(async (folder, env) => {
      const rows = {
        "snapvm run ": "demo:latest demo:other quay.io/example/os:42",
        "snapvm fs ": "cat cp ls stat tar tree",
        "snapvm run --backend ": "qemu vz",
        "snapvm completions ": "bash fish zsh",
        "snapvm doctor ": "--debug --fix --help --json --store",
        "snapvm images --json --": "--all --debug --help --store",
        "snapvm run --karg a --ka": "--karg",
      };
      const lines = await typeInto(shell, folder, Object.keys(rows), KEYS.all, env);
      const words = lines.map((line, index) => {
        const added = line.slice(Object.keys(rows)[index]!.lastIndexOf(" "));
        // zsh has those with the same description next to each other; fish leaves what was typed before them.
        return added.replace(/--(?:ka)?(?=--)/, "").trim().split(/ +/).sort().join(" ");
      });
      assert.deepEqual(words, Object.values(rows));
    });
  });
}

Deno.test("Tab in bash inserts nothing into quotes that would be a command there", async () => {
  await withImages(async (folder, env) => {
    const typed = ['snapvm fs cat "./image:/x', 'snapvm fs ls "./image:/lo', 'snapvm run "demo:l'];
    assert.deepEqual(await typeInto("bash", folder, typed, KEYS.tab, env), [
      'snapvm fs cat "./image:/x',
      'snapvm fs ls "./image:/lost+found/"',
      'snapvm run "demo:latest"',
    ]);
  });
});
