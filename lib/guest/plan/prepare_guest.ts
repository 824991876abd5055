import type { Architecture, CpioEntry, RootFs } from "../../boot/mod.ts";
import { readAgentProgram } from "../agent/read_agent_program.ts";
import { encodeFields, type Fields } from "../protocol/fields.ts";
import type { GuestFile } from "./guest_file.ts";
import type { GuestPlan } from "./guest_plan.ts";
import { portModules } from "./port_modules.ts";

/** The name of the port that the agent serves. */
export const AGENT_PORT = "snapvm.agent";

/** The options of {@linkcode prepareGuest}. */
export interface PrepareGuestOptions {
  /** The guest's root filesystem. */
  readonly root: RootFs;
  /** The guest's processor. */
  readonly architecture: Architecture;
  /** The kernel's version, the name of its folder in `/usr/lib/modules`; absent if it is not known. */
  readonly kernelVersion?: string;
  /** What the agent is to do besides, as fields of its configuration. */
  readonly configuration?: Fields;
}

/**
 * Works out what a guest gets so that the host can work with it: the agent, which is the first process of the
 * initramfs, what it needs to know, and the modules without which it cannot reach the host.
 *
 * @param options The guest.
 * @returns What to append to the initramfs and the kernel command line, and what the machine must have.
 * @throws {SnapvmError} `unusable-module` if the kernel needs modules to reach the host and they cannot be read.
 */
export async function prepareGuest(options: PrepareGuestOptions): Promise<GuestPlan> {
  const { root, architecture, kernelVersion, configuration = [] } = options;
  const token = crypto.getRandomValues(new Uint8Array(16)).toHex();
  const modules = kernelVersion === undefined ? [] : await portModules(root, kernelVersion);
  return {
    files: withFolders([
      { path: "/snapvm/agent", mode: 0o755, content: await readAgentProgram(architecture) },
      {
        path: "/snapvm/configuration",
        mode: 0o600,
        content: encodeFields([["token", token], ...configuration]),
      },
      ...modules.map(({ name, bytes }, index) => ({
        path: `/snapvm/modules/${String(index).padStart(2, "0")}-${name}`,
        mode: 0o644,
        content: bytes,
      })),
    ]),
    kernelArguments: ["rdinit=/snapvm/agent"],
    ports: [AGENT_PORT],
    bootMark: { port: AGENT_PORT, line: new RegExp(`^${token} (\\S+)$`) },
  };
}

/** The kernel makes only folders that have entries of their own, before their files. */
function withFolders(files: readonly GuestFile[]): CpioEntry[] {
  const folders = new Set<string>();
  for (const { path } of files) {
    for (let end = path.indexOf("/", 1); end > 0; end = path.indexOf("/", end + 1)) {
      folders.add(path.slice(0, end));
    }
  }
  return [
    ...[...folders].sort().map((path) => ({
      type: "directory" as const,
      path: path.slice(1),
      mode: 0o755,
    })),
    ...files.map((file) => ({ ...file, type: "file" as const, path: file.path.slice(1) })),
  ];
}
