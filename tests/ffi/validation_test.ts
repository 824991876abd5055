import assert from "node:assert/strict";
import { join } from "node:path";
import type { VirtualMachineConfiguration } from "../../ffi/mod.ts";
import { temporaryFolder } from "../vm/support/temporary_folder.ts";
import { tinyConfiguration, virtualization } from "./support/double_guest.ts";

const MIB = 2 ** 20;
const INVALID = "Invalid virtual machine configuration.";

interface Row {
  readonly name: string;
  readonly changes: (folder: string) => Record<string, unknown>;
  readonly message: string;
  /** The double's environment, which chooses the kind of Mac. */
  readonly environment?: Record<string, string>;
}

function disk(changes: Record<string, unknown>): Record<string, unknown> {
  const image = { kind: "image", serial: "s", caching: "cached", synchronization: "fsync" };
  return { disks: [{ ...image, readOnly: false, ...changes }] };
}

function boot(folder: string, changes: Record<string, unknown>): Record<string, unknown> {
  const kernel = join(folder, "file");
  return { bootLoader: { kind: "linux", kernel, initramfs: null, commandLine: "", ...changes } };
}

const ROWS: readonly Row[] = [
  {
    name: "without the entitlement",
    changes: () => ({}),
    environment: { VZ_DOUBLE_ENTITLED: "0" },
    message:
      `${INVALID} The process doesn’t have the “com.apple.security.virtualization” entitlement. (VZErrorDomain 2)`,
  },
  {
    name: "on hardware that cannot",
    changes: () => ({}),
    environment: { VZ_DOUBLE_SUPPORTED: "0" },
    message: `${INVALID} Virtualization is not available on this hardware. (VZErrorDomain 2)`,
  },
  {
    name: "a kernel that is not there: the whole chain",
    changes: (folder) => boot(folder, { kernel: join(folder, "absent") }),
    message: `${INVALID} The boot loader is invalid. (VZErrorDomain 2): ` +
      `${INVALID} Failed to open the kernel file. (VZErrorDomain 2): ` +
      "No such file or directory (NSPOSIXErrorDomain 2)",
  },
  {
    name: "a kernel behind a symbolic link",
    changes: (folder) => boot(folder, { kernel: join(folder, "link") }),
    message: `${INVALID} The boot loader is invalid. (VZErrorDomain 2): ` +
      `${INVALID} Failed to open the kernel file. (VZErrorDomain 2): ` +
      "No such file or directory (NSPOSIXErrorDomain 2)",
  },
  {
    name: "an initramfs that is not there: an exception of the framework",
    changes: (folder) => boot(folder, { initramfs: "/absent" }),
    message: "The initial RAM disk does not exist: /absent (NSInvalidArgumentException)",
  },
  {
    name: "a shared folder that is not there: an exception of the framework",
    changes: () => ({ shares: [{ kind: "single", tag: "t", path: "/absent", readOnly: true }] }),
    message: "The shared directory does not exist: /absent (NSInvalidArgumentException)",
  },
  {
    name: "no processor",
    changes: () => ({ cpus: 0 }),
    message: `${INVALID} The CPU count is invalid. (VZErrorDomain 2)`,
  },
  {
    name: "memory that is not whole mebibytes",
    changes: () => ({ memory: 256 * MIB + 1 }),
    message: `${INVALID} The memory size is invalid. (VZErrorDomain 2)`,
  },
  {
    name: "a disk image that is not there",
    changes: (folder) => disk({ path: join(folder, "absent") }),
    message: "Operation not supported (NSPOSIXErrorDomain 45)",
  },
  {
    name: "a disk image that is not whole sectors",
    changes: (folder) => disk({ path: join(folder, "file") }),
    message: `${INVALID} The storage device attachment is invalid. (VZErrorDomain 2)`,
  },
  {
    name: "a serial of 21 bytes",
    changes: (folder) => disk({ path: join(folder, "sector"), serial: "x".repeat(21) }),
    message: `${INVALID} The block device identifier is invalid. (VZErrorDomain 2)`,
  },
  {
    name: "the caching mode that corrupts",
    changes: (folder) => disk({ path: join(folder, "sector"), caching: "automatic" }),
    message: 'The configuration\'s "caching" is "automatic" and not one of: cached, uncached.',
  },
  {
    name: "an unknown kind of disk",
    changes: () => disk({ kind: "floppy" }),
    message: 'There is no kind of disk "floppy".',
  },
  {
    name: "an unknown kind of boot loader",
    changes: () => ({ bootLoader: { kind: "bios" } }),
    message: 'There is no kind of boot loader "bios".',
  },
  {
    name: "a variable store that is not there",
    changes: () => ({ bootLoader: { kind: "efi", variableStore: "/absent" } }),
    message: "The EFI variable store does not exist: /absent (NSInvalidArgumentException)",
  },
  {
    name: "an invalid MAC address",
    changes: () => ({ networks: [{ macAddress: "52:54:00:12:34" }] }),
    message: '"52:54:00:12:34" is not a MAC address.',
  },
  {
    name: "an invalid machine identifier",
    changes: () => ({ platform: { machineIdentifier: "AAAA", nestedVirtualization: false } }),
    message: 'The configuration\'s "machineIdentifier" was not made by the framework.',
  },
  {
    name: "a tag that is too long",
    changes: () => ({
      shares: [{ kind: "single", tag: "t".repeat(37), path: "/", readOnly: true }],
    }),
    message: `${INVALID} The tag is invalid. (VZErrorDomain 2)`,
  },
  {
    name: "a folder's name with a slash",
    changes: () => ({
      shares: [{
        kind: "multiple",
        tag: "t",
        directories: { "a/b": { path: "/", readOnly: true } },
      }],
    }),
    message: `${INVALID} The directory name is invalid. (VZErrorDomain 2)`,
  },
  {
    name: "a folder's name with a zero",
    changes: () => ({
      shares: [{
        kind: "multiple",
        tag: "t",
        directories: { "a\0b": { path: "/", readOnly: true } },
      }],
    }),
    message: "The name of a shared directory is not text.",
  },
  {
    name: "a console on a socket that nobody listens on",
    changes: (folder) => ({ console: join(folder, "absent") }),
    message: "Cannot connect to the socket FOLDER/absent: No such file or directory.",
  },
  {
    name: "a port on a socket whose path is too long",
    changes: () => ({ ports: [{ name: "p", socket: `/${"x".repeat(200)}` }] }),
    message: `Cannot connect to the socket /${"x".repeat(200)}: File name too long.`,
  },
  {
    name: "a missing member",
    changes: () => ({ entropy: undefined }),
    message: 'The configuration has no "entropy".',
  },
  {
    name: "a member of the wrong kind",
    changes: () => ({ cpus: "two" }),
    message: 'The configuration\'s "cpus" is of the wrong kind.',
  },
  ...[1.5, -1, 1e30].map((cpus) => ({
    name: `${cpus} processors`,
    changes: () => ({ cpus }),
    message: 'The configuration\'s "cpus" is of the wrong kind.',
  })),
  ...["disks", "networks", "ports", "shares"].map((name) => ({
    name: `${name} that are not objects`,
    changes: () => ({ [name]: [7] }),
    message: `The configuration's "${name}" is of the wrong kind.`,
  })),
  {
    name: "a path that would end early in C",
    changes: (folder) => disk({ path: `${join(folder, "sector")}\0.img` }),
    message: 'The configuration\'s "path" is of the wrong kind.',
  },
  {
    name: "half a character",
    changes: () => disk({ kind: "\ud800" }),
    message: "The configuration is not JSON.",
  },
];

Deno.test("Virtualization.validate() and create() say why a configuration is refused", async (t) => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(join(folder.path, "file"), "some bytes");
  await Deno.writeTextFile(join(folder.path, "sector"), " ".repeat(512));
  await Deno.symlink(join(folder.path, "file"), join(folder.path, "link"));
  for (const row of ROWS) {
    await t.step(row.name, async () => {
      const configuration = {
        ...await tinyConfiguration(""),
        ...row.changes(folder.path),
      } as VirtualMachineConfiguration;
      const why = row.message.replace("FOLDER", folder.path);
      for (const [name, value] of Object.entries(row.environment ?? {})) Deno.env.set(name, value);
      try {
        assert.throws(() => virtualization.validate(configuration), {
          name: "VirtualizationError",
          message: `Cannot validate the virtual machine: ${why}`,
        });
        assert.throws(() => virtualization.create(configuration, () => {}), {
          name: "VirtualizationError",
          message: `Cannot create the virtual machine: ${why}`,
        });
      } finally {
        for (const name of Object.keys(row.environment ?? {})) Deno.env.delete(name);
      }
    });
  }
});

Deno.test("a configuration that is refused lets go of its console, however late it is refused", async () => {
  await using folder = await temporaryFolder();
  const console = join(folder.path, "console");
  using listener = Deno.listen({ transport: "unix", path: console });
  const configuration = {
    ...await tinyConfiguration(""),
    console,
    shares: [{ kind: "single", tag: "t", path: "/absent", readOnly: true }],
  } as const;
  assert.throws(() => virtualization.validate(configuration), /NSInvalidArgumentException/);
  using connection = await listener.accept();
  assert.equal(await connection.read(new Uint8Array(1)), null);
});

Deno.test("what this Mac lacks is named with the macOS that has it", async () => {
  const { system } = virtualization.host();
  const plain = await tinyConfiguration("");
  const platform = { ...plain.platform, nestedVirtualization: true };
  const rows = [
    [{ rosetta: "rosetta" }, "Rosetta in a guest needs macOS 13 on Apple silicon"],
    [
      { platform },
      "Virtualization inside the guest needs macOS 15 and a processor that has it (M3 or newer)",
    ],
  ] as const;
  const saving =
    `Saving a virtual machine needs macOS 14 on Apple silicon; this is macOS ${system}.`;
  await using folder = await temporaryFolder();
  Deno.env.set("VZ_DOUBLE_MACOS", "13");
  try {
    for (const [changes, message] of rows) {
      assert.throws(() => virtualization.validate({ ...plain, ...changes }), {
        message: `Cannot validate the virtual machine: ${message}; this is macOS ${system}.`,
      });
    }
    assert.deepEqual(virtualization.validate(plain), { saveRestoreRefusal: saving });
    assert.equal(virtualization.host().saveRestore, false);
    await using machine = virtualization.create(plain, () => {});
    const state = join(folder.path, "state");
    await assert.rejects(machine.save(state), {
      message: `Cannot save the virtual machine to ${state}: ${saving}`,
    });
    await assert.rejects(machine.restore(state), {
      message: `Cannot restore the virtual machine from ${state}: ${
        saving.replace("Saving", "Restoring")
      }`,
    });
  } finally {
    Deno.env.delete("VZ_DOUBLE_MACOS");
  }
});

Deno.test("Rosetta that is not installed is told from Rosetta that cannot be", async () => {
  Deno.env.set("VZ_DOUBLE_ROSETTA", "");
  try {
    assert.equal(virtualization.host().rosetta, "not-installed");
    const configuration = { ...await tinyConfiguration(""), rosetta: "rosetta" };
    assert.throws(() => virtualization.validate(configuration), {
      message:
        `Cannot validate the virtual machine: ${INVALID} Rosetta is not installed. (VZErrorDomain 2)`,
    });
  } finally {
    Deno.env.delete("VZ_DOUBLE_ROSETTA");
  }
});

Deno.test("Virtualization.validate() says whether a machine could be saved", async () => {
  const plain = await tinyConfiguration("");
  assert.deepEqual(virtualization.validate(plain), { saveRestoreRefusal: null });
  const shares = [{ kind: "single", tag: "t", path: "/", readOnly: true }] as const;
  assert.deepEqual(virtualization.validate({ ...plain, shares }), {
    saveRestoreRefusal:
      `${INVALID} The configuration can't be saved with shared directories. (VZErrorDomain 2)`,
  });
});

Deno.test("Virtualization.host() says what there is", () => {
  const host = virtualization.host();
  assert.equal(host.maximumCpus, navigator.hardwareConcurrency);
  assert.deepEqual(
    { ...host, system: "", maximumCpus: 0, maximumMemory: 0 },
    {
      system: "",
      supported: true,
      minimumCpus: 1,
      maximumCpus: 0,
      minimumMemory: 4 * MIB,
      maximumMemory: 0,
      saveRestore: true,
      nestedVirtualization: false,
      rosetta: "not-supported",
    },
  );
});

Deno.test("Virtualization.machineIdentifier() differs each time, and is accepted in a configuration", async () => {
  const identifier = virtualization.machineIdentifier();
  assert.notEqual(identifier, virtualization.machineIdentifier());
  const platform = { machineIdentifier: identifier, nestedVirtualization: false };
  virtualization.validate({ ...await tinyConfiguration(""), platform });
});

Deno.test("Virtualization.createVariableStore() makes one that a boot loader accepts, and only once", async () => {
  await using folder = await temporaryFolder();
  const variableStore = join(folder.path, "variables");
  virtualization.createVariableStore(variableStore);
  const bootLoader = { kind: "efi", variableStore } as const;
  virtualization.validate({ ...await tinyConfiguration(""), bootLoader });
  assert.throws(() => virtualization.createVariableStore(variableStore), {
    name: "VirtualizationError",
    message:
      `Cannot create the EFI variable store ${variableStore}: File exists (NSPOSIXErrorDomain 17)`,
  });
});
