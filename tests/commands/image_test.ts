import assert from "node:assert/strict";
import { fixtureImage } from "../fixtures/fixture_image.ts";
import { CLI, run, snapvm } from "./support/snapvm.ts";

const demo = await fixtureImage("demo");

/** The environment of a child that sees the demo's store and nothing else. */
async function withHome(use: (folder: string, env: Record<string, string>) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder, {
      SNAPVM_HOME: `${folder}/home`,
      SNAPVM_STORE: demo.root,
      CONTAINER_APP_ROOT: "",
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The demo's snapshot, and its kernel's version as `debugfs` finds it. */
async function facts(): Promise<{ manifest: string; snapshot: string; version: string }> {
  const state = JSON.parse(await Deno.readTextFile(`${demo.root}/state.json`));
  const blob = async (digest: string) =>
    JSON.parse(await Deno.readTextFile(`${demo.root}/content/blobs/${digest.replace(":", "/")}`));
  const index = await blob(state[demo.reference].digest);
  const manifest: string = index.manifests[0].digest;
  const snapshot = `${demo.root}/snapshots/${manifest.slice(7)}/snapshot`;
  const { stdout } = await run("debugfs", ["-R", "ls -p /usr/lib/modules", snapshot]);
  const [, version = ""] = /^\/\d+\/\d+\/\d+\/\d+\/(\d[^/]*)\/\/$/m.exec(stdout) ?? [];
  return { manifest, snapshot, version };
}

Deno.test("snapvm images shows what can boot, and its JSON leads to the snapshot", async () => {
  await withHome(async (_, env) => {
    const { manifest, snapshot, version } = await facts();
    const table = await snapvm(["images"], env);
    assert.deepEqual([table.status, table.stderr], [0, ""]);
    assert.match(table.stdout, /^IMAGE +PLATFORM +SIZE +KERNEL +BOOTABLE\n/);
    assert.match(
      table.stdout,
      new RegExp(`^demo:latest +linux/\\w+ +\\d+M +${version} +yes$`, "m"),
    );

    const [image, ...others] = JSON.parse((await snapvm(["images", "--json"], env)).stdout);
    assert.equal(others.length, 0);
    assert.equal(image.reference, demo.reference);
    assert.equal(image.digest, manifest);
    assert.equal(image.snapshot, snapshot);
    assert.equal(image.allocated, (await Deno.stat(snapshot)).blocks! * 512);
    assert.equal(image.bootable, true);
    assert.equal(image.kernel.version, version);
  });
});

Deno.test("snapvm images with no store at all says so, and succeeds", async () => {
  await withHome(async (_, env) => {
    const none = await snapvm(["images"], { ...env, SNAPVM_STORE: "" });
    assert.deepEqual([none.status, none.stdout], [0, ""]);
    assert.match(none.stderr, /^No images\. /);
    assert.equal((await snapvm(["images", "--json"], { ...env, SNAPVM_STORE: "" })).stdout, "[]\n");
  });
});

Deno.test("snapvm inspect shows the chain, the same in words and as JSON", async () => {
  await withHome(async (_, env) => {
    const { manifest, snapshot, version } = await facts();
    const words = await snapvm(["inspect", "demo"], env);
    assert.deepEqual([words.status, words.stderr], [0, ""]);
    const chain = JSON.parse((await snapvm(["inspect", "demo", "--json"], env)).stdout);
    assert.equal(chain.manifest, manifest);
    assert.equal(chain.snapshot.path, snapshot);
    assert.equal(chain.kernel.version, version);
    assert.match(chain.commandLine, /root=\/dev\/vda rootfstype=ext4 rw console=\w+/);
    const dumpe2fs = (await run("dumpe2fs", ["-h", snapshot])).stdout;
    const [, features = ""] = /^Filesystem features: +(.*)$/m.exec(dumpe2fs) ?? [];
    assert.deepEqual(chain.filesystem.features, features.trim().split(" "));
    for (const part of [manifest, snapshot, version, chain.commandLine]) {
      assert.ok(words.stdout.includes(part), part);
    }
  });
});

Deno.test("snapvm inspect says what a machine of the image is told, SELinux included", async () => {
  await withHome(async (folder, env) => {
    const { snapshot, version } = await facts();
    const plain = JSON.parse((await snapvm(["inspect", "demo", "--json"], env)).stdout);
    assert.equal(plain.selinux, null);
    assert.match(
      (await snapvm(["inspect", "demo"], env)).stdout,
      /^selinux +the image has no policy$/m,
    );

    const tree = `${folder}/tree`;
    const modules = `usr/lib/modules/${version}`;
    const policy = "etc/selinux/targeted/policy";
    for (const path of [modules, policy, "usr/lib/systemd/system"]) {
      await Deno.mkdir(`${tree}/${path}`, { recursive: true });
    }
    for (const name of ["vmlinuz", "initramfs.img"]) {
      await run("debugfs", ["-R", `dump /${modules}/${name} ${tree}/${modules}/${name}`, snapshot]);
    }
    for (
      const [path, text] of [
        [`${policy}/policy.33`, ""],
        ["usr/lib/systemd/systemd", ""],
        ["usr/lib/systemd/system/cloud-init.target", ""],
        ["etc/selinux/config", "SELINUX=enforcing\nSELINUXTYPE=targeted\n"],
      ] as const
    ) await Deno.writeTextFile(`${tree}/${path}`, text);
    const image = `${folder}/image`;
    await run("mke2fs", ["-q", "-t", "ext4", "-d", tree, image, "64M"]);
    const shown = JSON.parse((await snapvm(["inspect", image, "--json"], env)).stdout);
    assert.deepEqual(shown.selinux, { policy: "targeted", mode: "enforcing" });
    assert.match(shown.commandLine, / systemd\.firstboot=off cloud-init=disabled selinux=0$/);
    const words = (await snapvm(["inspect", image], env)).stdout;
    assert.match(words, /^selinux +targeted, off unless --selinux is given$/m);
    assert.ok(words.includes(shown.commandLine));

    await Deno.writeTextFile(`${tree}/etc/selinux/config`, "SELINUX=disabled\n");
    await Deno.remove(image);
    await run("mke2fs", ["-q", "-t", "ext4", "-d", tree, image, "64M"]);
    assert.match(
      (await snapvm(["inspect", image], env)).stdout,
      /^selinux +targeted, off: the image turns it off$/m,
    );
  });
});

Deno.test("snapvm kernel extracts what debugfs does, and leaves nothing else", async () => {
  await withHome(async (folder, env) => {
    const { snapshot, version } = await facts();
    // Twice: into nothing, and over what is there, waiting for the disk.
    for (const more of [[], ["--sync"]]) {
      const done = await snapvm(["kernel", "demo", "-o", `${folder}/boot`, ...more], env);
      assert.deepEqual([done.status, done.stderr], [0, ""]);
      const names = Array.from(Deno.readDirSync(`${folder}/boot`), ({ name }) => name).sort();
      assert.deepEqual(names, ["cmdline", "initramfs", "kernel"]);
      for (const [name, file] of [["kernel", "vmlinuz"], ["initramfs", "initramfs.img"]]) {
        const path = `/usr/lib/modules/${version}/${file}`;
        await run("debugfs", ["-R", `dump ${path} ${folder}/${file}`, snapshot]);
        assert.equal((await run("cmp", [`${folder}/boot/${name}`, `${folder}/${file}`])).status, 0);
      }
    }
  });
});

Deno.test("snapvm tells errors on standard error, with a status and what to do", async () => {
  await withHome(async (folder, env) => {
    await Deno.writeTextFile(`${folder}/file`, "no filesystem");
    const rows: [string[], number, RegExp][] = [
      [[], 2, /^Usage: snapvm /],
      [["bogus"], 2, /^error: unknown command 'bogus'/],
      [["images", "--bogus"], 2, /^error: unknown option '--bogus'\n\(snapvm images --help/],
      [["kernel", "demo"], 2, /^error: required option '-o, --output <dir>' not specified/],
      [
        ["inspect", "--pull", "never", "nosuch"],
        1,
        /^error: Cannot find the image "nosuch".*\nhint: /,
      ],
      [["inspect", `${folder}/file`], 1, /^error: Cannot open .*\/file as an ext4 filesystem\n/],
      [["inspect", "demo", "--kernel", "9"], 1, /^error: Cannot choose the kernel "9"/],
      [
        ["fs", "ls", "--pull", "never", "demo:etc"],
        1,
        /^error: Cannot find the image "demo:etc".*\nhint: .* begins with a slash: `demo:\/etc`\.\n$/,
      ],
      [
        ["run", "demo", "--memory", "0"],
        2,
        /^error: option '--memory <size>' argument '0' is invalid/,
      ],
      [["fs", "cat", ":/etc"], 2, /^error: Cannot read ':\/etc': it names no image\nhint: /],
      [
        ["images", "--store", `${folder}/none`],
        1,
        /^error: Cannot open the store .*there is no such folder\n/,
      ],
      [
        ["fs", "cp", "demo:/etc/passwd", `${folder}/none/passwd`],
        1,
        /^error: Cannot write .*\/none\/passwd: No such file or directory\nhint: /,
      ],
      [["kernel", "demo", "-o", `${folder}/file`], 1, /^error: Cannot write .*\/file: .*\nhint: /],
      // The hint of the error, in the sentence that tells of a wrong option.
      ...["inspect", "run"].map((command): [string[], number, RegExp] => [
        [command, "demo", "--platform", "amd64"],
        2,
        /^error: option '--platform .* Cannot read "amd64" as a platform: .*\. Write os\/architecture /,
      ]),
    ];
    for (const [args, status, stderr] of rows) {
      const failed = await snapvm(args, env);
      assert.deepEqual([failed.status, failed.stdout], [status, ""], args.join(" "));
      assert.match(failed.stderr, stderr);
    }
  });
});

Deno.test("snapvm says that its output cannot be written, and nothing when nobody reads it", async () => {
  await withHome(async (_, env) => {
    const rows: [string, number[], string][] = [
      [">/dev/full", [1], "error: Cannot write the output: No space left on device\n"],
      // What it had written before the reader went is all that there was, sometimes.
      ["| true", [0, 141], ""],
    ];
    for (const [redirection, statuses, stderr] of rows) {
      const script = `set -o pipefail; "$0" run --quiet -A "$1" images ${redirection}`;
      const full = await run("bash", ["-c", script, Deno.execPath(), CLI], env);
      assert.deepEqual([full.stderr, full.stdout], [stderr, ""]);
      assert.ok(statuses.includes(full.status), `${full.status}`);
    }
  });
});

Deno.test("snapvm --version, --help and the help of every command go to standard output", async () => {
  await withHome(async (_, env) => {
    assert.match((await snapvm(["--version"], env)).stdout, /^\d+\.\d+\.\d+\n$/);
    for (const command of ["", "run", "images", "inspect", "kernel", "fs", "doctor"]) {
      const help = await snapvm([command, "--help"].filter(Boolean), env);
      assert.deepEqual([help.status, help.stderr], [0, ""], command);
      assert.ok(help.stdout.startsWith(`Usage: snapvm ${command}`.trimEnd()), help.stdout);
      assert.deepEqual(await snapvm(["help", command].filter(Boolean), env), help);
    }
  });
});

Deno.test("snapvm doctor finds QEMU and the store, and fails without QEMU", async () => {
  await withHome(async (folder, env) => {
    const well = await snapvm(["doctor"], env);
    assert.deepEqual([well.status, well.stderr], [0, ""]);
    assert.match(well.stdout, new RegExp(`^ok +qemu ${Deno.build.arch} +/`, "m"));
    assert.match(well.stdout, /^ok +stores +.*: 1 unpacked of 1$/m);

    const ill = await snapvm(["doctor", "--json"], { ...env, PATH: folder, QEMU_BIN: "" });
    assert.equal(ill.status, 1);
    // deno-lint-ignore no-explicit-any
    const findings: any[] = JSON.parse(ill.stdout);
    const missing = findings.filter(({ state }) => state === "missing").map(({ check }) => check);
    assert.deepEqual(missing, [`qemu ${Deno.build.arch}`]);
  });
});
