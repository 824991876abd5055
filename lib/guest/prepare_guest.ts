import { SnapvmError } from "../error/mod.ts";
import type { CpioEntry, InitramfsKind, RootFs } from "../boot/mod.ts";
import { agentFiles } from "./agent_files.ts";
import { commandScript } from "./command_script.ts";
import type { GuestCommand } from "./guest_command.ts";
import type { GuestFile } from "./guest_file.ts";
import type { GuestPlan } from "./guest_plan.ts";
import { COMMAND_PORTS_SCRIPT } from "./host_script.ts";
import { kernelArguments } from "./kernel_arguments.ts";
import { portModules } from "./port_modules.ts";
import { systemdFiles } from "./systemd_files.ts";
import { WAIT_SCRIPT } from "./wait_script.ts";

/** The options of {@linkcode prepareGuest}. */
export interface PrepareGuestOptions {
  /** The guest's root filesystem. */
  readonly root: RootFs;
  /** What runs in the initramfs. */
  readonly initramfs: InitramfsKind;
  /** The kernel's version, the name of its folder in `/usr/lib/modules`; absent if it is not known. */
  readonly kernelVersion?: string;
  /** The command to run; without one the guest only reports how far it has come. */
  readonly command?: GuestCommand;
}

/**
 * Works out what a guest gets so that the host can work with it.
 *
 * Everything goes into the initramfs. Its first process becomes `/snapvm/init`, which prepares the guest and then
 * executes the image's own `/init`. With systemd in the initramfs, the rest is units in `/run/systemd/system`, which
 * the root filesystem's systemd sees too. With anything else it is an agent: a process that runs beside the init and
 * waits for the switch to the root filesystem.
 *
 * @param options The guest, and the command.
 * @returns What to append to the initramfs and the kernel command line, and what the machine must have.
 * @throws {SnapvmError} `invalid-command` if the command or its environment has something that no process can be
 *   given; `unusable-module` if the kernel needs modules to reach the host and they cannot be read.
 */
export async function prepareGuest(options: PrepareGuestOptions): Promise<GuestPlan> {
  const { root, command, kernelVersion } = options;
  if (command !== undefined) checkCommand(command);
  const mark = [randomHex(), randomHex()] as const;
  const scripts = command === undefined
    ? { openPorts: "", root: WAIT_SCRIPT }
    : { openPorts: COMMAND_PORTS_SCRIPT, root: WAIT_SCRIPT + commandScript(command, mark) };
  const guestFiles = options.initramfs === "systemd" ? systemdFiles : agentFiles;
  const modules = kernelVersion === undefined ? [] : await portModules(root, kernelVersion);
  return {
    files: withFolders([
      ...guestFiles(scripts.openPorts, scripts.root),
      ...modules.map(({ name, bytes }, index) => ({
        path: `/snapvm/modules/${String(index).padStart(2, "0")}-${name}`,
        mode: 0o644,
        content: bytes,
      })),
    ]),
    kernelArguments: ["rdinit=/snapvm/init", ...await kernelArguments(root)],
    ports: [
      "snapvm.control",
      ...(command === undefined ? [] : ["snapvm.stdin", "snapvm.stdout", "snapvm.stderr"]),
    ],
    bootMark: { port: "snapvm.control", line: /^boot (\S+)$/ },
    ...(command === undefined ? {} : { endMark: mark.join("-") }),
  };
}

function randomHex(): string {
  return crypto.getRandomValues(new Uint8Array(16)).toHex();
}

function checkCommand({ arguments: words, environment = {} }: GuestCommand): void {
  if (words.length === 0) throw invalid("Cannot run a command: there is no program in it");
  if (words.some((word) => word.includes("\0"))) {
    throw invalid("Cannot run the command: an argument has a NUL character");
  }
  for (const [name, value] of Object.entries(environment)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      throw invalid(`Cannot set the variable ${JSON.stringify(name)}: not a name`);
    }
    if (value.includes("\0")) {
      throw invalid(`Cannot set the variable ${name}: its value has a NUL character`);
    }
  }
}

function invalid(message: string): SnapvmError {
  return new SnapvmError("invalid-command", message, { data: {} });
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
