import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { HostFolder, type InitramfsKind, type RootFs } from "../../../lib/boot/mod.ts";
import { hasCode } from "../../../lib/error/mod.ts";
import { Ext4 } from "../../../lib/ext4/mod.ts";
import { type GuestPlan, prepareGuest } from "../../../lib/guest/mod.ts";

const VERSION = "6.1.0-1-amd64";
const MODULES = `usr/lib/modules/${VERSION}`;

/** Makes a root filesystem of these files, gives it to `use`, and removes it. */
async function withRoot(
  files: Record<string, string | Uint8Array>,
  use: (root: HostFolder, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [path, content] of Object.entries(files)) {
      await Deno.mkdir(dirname(join(folder, path)), { recursive: true });
      await Deno.writeFile(
        join(folder, path),
        typeof content === "string" ? new TextEncoder().encode(content) : content,
      );
    }
    await use(new HostFolder(folder), folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function filesOf(plan: GuestPlan): Map<string, string> {
  return new Map(plan.files.flatMap((file) =>
    file.type === "file"
      ? [[
        file.path,
        typeof file.content === "string" ? file.content : new TextDecoder().decode(file.content),
      ]]
      : []
  ));
}

const KINDS: readonly InitramfsKind[] = ["systemd", "initramfs-tools", "other"];

for (const initramfs of KINDS) {
  Deno.test(`prepareGuest() makes scripts for ${initramfs} that every shell can read`, async () => {
    await withRoot({}, async (root) => {
      const plan = await prepareGuest({
        root,
        initramfs,
        command: { arguments: ["echo", "it's", ""], environment: { NAME: "a\nb" } },
      });
      const scripts = [...filesOf(plan)].filter(([path]) => !/\.(service|conf)$/.test(path));
      assert.ok(scripts.length >= 3);
      for (const shell of ["sh", "bash"]) {
        for (const [path, script] of scripts) {
          const child = new Deno.Command(shell, { args: ["-n"], stdin: "piped", stderr: "piped" })
            .spawn();
          const writer = child.stdin.getWriter();
          await writer.write(new TextEncoder().encode(script));
          await writer.close();
          const { code, stderr } = await child.output();
          assert.equal(code, 0, `${shell} ${path}: ${new TextDecoder().decode(stderr)}`);
        }
      }
    });
  });

  Deno.test(`prepareGuest() gives ${initramfs} each folder before what is in it`, async () => {
    await withRoot({}, async (root) => {
      const { files } = await prepareGuest({ root, initramfs });
      const folders = new Set(["."]);
      for (const { type, path } of files) {
        assert.ok(folders.has(dirname(path)), path);
        if (type === "directory") folders.add(path);
      }
    });
  });
}

Deno.test("prepareGuest() asks for the ports of a command only if there is one", async () => {
  await withRoot({}, async (root) => {
    const console = await prepareGuest({ root, initramfs: "other" });
    assert.deepEqual(console.ports, ["snapvm.control"]);
    assert.equal(console.endMark, undefined);
    const run = await prepareGuest({ root, initramfs: "other", command: { arguments: ["true"] } });
    assert.deepEqual(
      run.ports,
      ["snapvm.control", "snapvm.stdin", "snapvm.stdout", "snapvm.stderr"],
    );
    assert.match(run.endMark!, /^[0-9a-f]{32}-[0-9a-f]{32}$/);
    for (const content of filesOf(run).values()) assert.ok(!content.includes(run.endMark!));
  });
});

Deno.test("prepareGuest() keeps the command from other users of the guest", async () => {
  await withRoot({}, async (root) => {
    for (const initramfs of KINDS) {
      const { files } = await prepareGuest({
        root,
        initramfs,
        command: { arguments: ["secret"] },
      });
      for (const file of files) {
        if (file.type === "file" && String(file.content).includes("secret")) {
          assert.equal(file.mode, 0o600);
        }
      }
    }
  });
});

Deno.test("prepareGuest() adds the kernel arguments that the image asks for", async () => {
  const rows: [string | undefined, string[]][] = [
    [undefined, []],
    ["usr/lib/systemd/systemd", ["systemd.firstboot=off"]],
    ["usr/lib/systemd/system/cloud-init.target", ["ds=None"]],
    ["etc/selinux/config", ["selinux=0"]],
  ];
  for (const [path, expected] of rows) {
    await withRoot(path === undefined ? {} : { [path]: "" }, async (root) => {
      const { kernelArguments } = await prepareGuest({ root, initramfs: "other" });
      assert.deepEqual(kernelArguments, ["rdinit=/snapvm/init", ...expected]);
    });
  }
});

Deno.test("prepareGuest() refuses what no process can be given", async () => {
  const rows = [
    [{ arguments: [] }, /no program/],
    [{ arguments: ["a\0b"] }, /NUL/],
    [{ arguments: ["a"], environment: { "a=b": "" } }, /not a name/],
    [{ arguments: ["a"], environment: { "": "" } }, /not a name/],
    [{ arguments: ["a"], environment: { a: "\0" } }, /NUL/],
  ] as const;
  await withRoot({}, async (root) => {
    for (const [command, message] of rows) {
      await assert.rejects(prepareGuest({ root, initramfs: "other", command }), (error) => {
        assert.ok(hasCode(error, "invalid-command"));
        assert.match(error.message, message);
        return true;
      });
    }
  });
});

/** The files of three modules, and a `modules.dep` that says that the console's module needs the other two. */
function modules(suffix: string): Record<string, string> {
  return {
    [`${MODULES}/modules.dep`]: [
      "kernel/net/net.ko:",
      `kernel/char/virtio_console.ko${suffix}: kernel/virtio.ko${suffix} kernel/ring.ko${suffix}`,
      `kernel/virtio.ko${suffix}: kernel/ring.ko${suffix}`,
      "",
    ].join("\n"),
    [`${MODULES}/kernel/char/virtio_console.ko`]: "console",
    [`${MODULES}/kernel/virtio.ko`]: "virtio",
    [`${MODULES}/kernel/ring.ko`]: "ring",
  };
}

for (const [program, suffix] of [["", ""], ["gzip", ".gz"], ["xz", ".xz"], ["zstd", ".zst"]]) {
  Deno.test(`prepareGuest() brings the modules of the ports${suffix && ` out of ${suffix}`}, the needed ones first`, async () => {
    await withRoot(modules(suffix!), async (root, folder) => {
      for (const name of program === "" ? [] : ["char/virtio_console", "virtio", "ring"]) {
        const path = join(folder, MODULES, "kernel", `${name}.ko`);
        const { code, stdout } = await new Deno.Command(program!, { args: ["-c", path] }).output();
        assert.equal(code, 0);
        await Deno.writeFile(path + suffix, stdout);
        await Deno.remove(path);
      }
      const plan = await prepareGuest({ root, initramfs: "other", kernelVersion: VERSION });
      assert.deepEqual(
        [...filesOf(plan)].filter(([path]) => path.includes("/modules/")),
        [
          ["snapvm/modules/00-ring.ko", "ring"],
          ["snapvm/modules/01-virtio.ko", "virtio"],
          ["snapvm/modules/02-virtio_console.ko", "console"],
        ],
      );
    });
  });
}

Deno.test("prepareGuest() brings no modules if the kernel has none or their list is missing", async () => {
  const check = async (root: RootFs) => {
    const plan = await prepareGuest({ root, initramfs: "other", kernelVersion: VERSION });
    assert.ok(plan.files.every(({ path }) => !path.includes("modules")));
  };
  for (const list of [{}, { [`${MODULES}/modules.dep`]: "kernel/net/net.ko:\n" }]) {
    await withRoot(list, check);
  }
  using filesystem = await Ext4.open(new URL("../../fixtures/tiny.ext4", import.meta.url));
  await check(filesystem);
});

Deno.test("prepareGuest() refuses modules that are damaged, too many or too large", async () => {
  const console = `${MODULES}/kernel/char/virtio_console.ko`;
  const rows: [Record<string, string | Uint8Array>, RegExp][] = [
    [
      { ...modules(""), [console]: new Uint8Array([0x1f, 0x8b, 8, 0, 0]) },
      /^Cannot unpack .*: its gzip header is damaged or cut short$/,
    ],
    [{ ...modules(""), [console]: new Uint8Array(17 << 20) }, /more than/],
    [
      {
        [`${MODULES}/modules.dep`]: `a/virtio_console.ko:${" b.ko".repeat(50)}\n`,
      },
      /needs 50 other/,
    ],
  ];
  for (const [files, message] of rows) {
    await withRoot(files, async (root) => {
      await assert.rejects(
        prepareGuest({ root, initramfs: "other", kernelVersion: VERSION }),
        (error) => {
          assert.ok(hasCode(error, "unusable-module"));
          assert.match(error.message, message);
          return true;
        },
      );
    });
  }
});
