import type { CpioEntry } from "../../boot/mod.ts";
import { readAgentProgram } from "../agent/read_agent_program.ts";
import { encodeFields } from "../protocol/fields.ts";
import { AGENT_PORT } from "./agent_port.ts";
import type { GuestFile } from "./guest_file.ts";
import type { GuestPlan } from "./guest_plan.ts";
import { portModules } from "./port_modules.ts";
import type { PrepareGuestOptions } from "./prepare_guest_options.ts";

/** What `prepareGuest()` does. */
export async function makeGuestPlan(options: PrepareGuestOptions): Promise<GuestPlan> {
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
