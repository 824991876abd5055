import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { HostFolder, type RootFs } from "../../../lib/boot/mod.ts";
import { hasCode } from "../../../lib/error/mod.ts";
import { Ext4 } from "../../../lib/ext4/mod.ts";
import { decodeFields, prepareGuest } from "../../../lib/guest/mod.ts";

const architecture = "x86_64";
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

Deno.test("prepareGuest() gives each folder before what is in it", async () => {
  await withRoot({}, async (root) => {
    const { files } = await prepareGuest({ root, architecture });
    const folders = new Set(["."]);
    for (const { type, path } of files) {
      assert.ok(folders.has(dirname(path)), path);
      if (type === "directory") folders.add(path);
    }
  });
});

Deno.test("prepareGuest() brings the agent for the guest's processor, and a mark that each boot of it writes", async () => {
  await withRoot({}, async (root) => {
    const tokens = new Set<string>();
    for (const [architecture, machine] of [["x86_64", 62], ["aarch64", 183]] as const) {
      const { files, ports, bootMark } = await prepareGuest({
        root,
        architecture,
        configuration: [["swap", "swap"]],
      });
      const file = (path: string) => {
        const found = files.find((file) => file.path === path);
        assert(found?.type === "file", path);
        return { mode: found.mode, content: found.content as Uint8Array<ArrayBuffer> };
      };
      const agent = file("snapvm/agent");
      assert.equal(agent.mode, 0o755);
      // The machine in an ELF file's header.
      assert.equal(new DataView(agent.content.buffer).getUint16(18, true), machine);
      const configuration = file("snapvm/configuration");
      assert.equal(configuration.mode, 0o600);
      const [first, ...others] = decodeFields(configuration.content)!;
      const [name, token] = first!;
      assert.equal(name, "token");
      assert.match(token!, /^[0-9a-f]{32}$/);
      tokens.add(token!);
      assert.deepEqual(others, [["swap", "swap"]]);
      assert.deepEqual(ports, ["snapvm.agent"]);
      assert.equal(bootMark.port, "snapvm.agent");
      assert.deepEqual(bootMark.line.exec(`${token} 8c7d`)?.[1], "8c7d");
      assert.equal(bootMark.line.exec(`${token}0 8c7d`), null);
    }
    assert.equal(tokens.size, 2);
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
      const plan = await prepareGuest({ root, architecture, kernelVersion: VERSION });
      assert.deepEqual(
        plan.files.flatMap((file) =>
          file.type === "file" && file.path.includes("/modules/")
            ? [[file.path, new TextDecoder().decode(file.content as Uint8Array)]]
            : []
        ),
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
    const plan = await prepareGuest({ root, architecture, kernelVersion: VERSION });
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
        prepareGuest({ root, architecture, kernelVersion: VERSION }),
        (error) => {
          assert.ok(hasCode(error, "unusable-module"));
          assert.match(error.message, message);
          return true;
        },
      );
    });
  }
});
