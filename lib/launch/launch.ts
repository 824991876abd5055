import { reasonOf, SnapvmError } from "../error/mod.ts";
import { attachGuest, type GuestCommand, type GuestStage } from "../guest/mod.ts";
import { withDeadline } from "../host/mod.ts";
import { type ImageOptions, snapvmHome } from "../store/mod.ts";
import { type Backend, type Machine, MachineFolder, removeStaleMachines } from "../vm/mod.ts";
import { type BackendName, chooseBackend, prepareBackend } from "./backend.ts";
import type { LaunchStage } from "./launch_stage.ts";
import { commandStatus } from "./command_status.ts";
import { openBootableImage } from "./open_bootable_image.ts";
import { type MachineOptions, type PreparedMachine, prepareMachine } from "./prepare_machine.ts";
import { type RunningCommand, runningCommand } from "./running_command.ts";

/** What {@linkcode launch} takes besides the image. */
export interface LaunchOptions extends ImageOptions, Omit<MachineOptions, "command"> {
  /** The program to run in the guest, and its arguments. No shell reads them. Without it the console is yours. */
  readonly command?: readonly string[];
  /** Environment variables of the command, besides or in place of `HOME`, `PATH`, `USER` and the like. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The hypervisor; by default this system's usual one. */
  readonly backend?: Backend | BackendName;
  /** Called when a stage begins, with the time on the clock of `performance.now()` if it is known better than now. */
  readonly onStage?: (stage: LaunchStage, time?: number) => void;
  /** Called when the command has ended, with the time on the clock of `performance.now()`. */
  readonly onCommandEnd?: (time: number) => void;
  /** Called with what the machine is made of before it starts. */
  readonly onPrepared?: (prepared: PreparedMachine) => void;
  /** Called with what a user may want to know although nothing failed: a sentence without a full stop. */
  readonly onNotice?: (notice: string) => void;
  /** Called with all that the guest prints on its console while a command runs. What it throws ends the command. */
  readonly onConsole?: (bytes: Uint8Array<ArrayBuffer>) => void;
}

/** An image's running machine. Disposing of it ends the machine and leaves nothing behind. */
export interface Launch extends AsyncDisposable {
  /** The machine. Without a command you read its console; with one, `launch` does. */
  readonly machine: Machine;
  /** What it was made of. */
  readonly prepared: PreparedMachine;
  /** The command, if there is one. */
  readonly command: RunningCommand | undefined;
}

/** An image's running machine with a command in it. */
export interface LaunchedCommand extends Launch {
  /** The command. */
  readonly command: RunningCommand;
}

/**
 * Boots an image in a virtual machine, with its own kernel and initramfs, on a copy-on-write clone of its snapshot: the
 * way from an image's name to a running machine. It returns when the hypervisor runs; a command starts by itself when
 * the guest is up.
 *
 * On a Mac the process may have to start again as a signed copy of the program that runs it, with the same arguments
 * ({@linkcode prepareBackend}): call this before you begin anything else.
 *
 * @param image A reference, a digest or a unique prefix of one, or the path of an ext4 file (it starts with `/`, `./` or
 * `../`).
 * @param options What to run and how.
 * @returns The running machine.
 * @throws {SnapvmError} If the image, its kernel or the hypervisor cannot be had; `code` says which.
 * @throws The signal's reason.
 *
 * @example
 * ```ts
 * import { hasCode, launch } from "@x/snapvm";
 * import assert from "node:assert/strict";
 *
 * try {
 *   await using demo = await launch("example.com/demo:1", { command: ["uname", "-r"] });
 *   const { status, stdout } = await demo.command.output();
 *   console.log(status, new TextDecoder().decode(stdout));
 * } catch (error) {
 *   assert(hasCode(error, "image-not-found"));
 * }
 * ```
 */
export function launch(
  image: string,
  options: LaunchOptions & { readonly command: readonly string[] },
): Promise<LaunchedCommand>;
/**
 * Boots an image, as above. Without a command, its console is yours.
 *
 * @param image Which image.
 * @param options How it is booted.
 * @returns The running machine.
 */
export function launch(image: string, options?: LaunchOptions): Promise<Launch>;
export async function launch(image: string, options: LaunchOptions = {}): Promise<Launch> {
  const { signal, onStage } = options;
  const backend = typeof options.backend === "object"
    ? options.backend
    : chooseBackend({ name: options.backend });
  await prepareBackend(backend);

  await using resources = new AsyncDisposableStack();
  onStage?.("resolve");
  const opening = openBootableImage(image, options);
  // A store that does not answer can still be given up.
  const opened = resources.use(
    await withDeadline(opening, { signal }).catch((error) => {
      opening.then((late) => late[Symbol.dispose](), () => {});
      throw error;
    }),
  );

  onStage?.("extract");
  const folder = resources.use(await createMachineFolder());
  // Work that waits for files alone can keep signals and timers from being seen. This timer comes after them, and costs
  // nothing if it is due by the time that it is waited for.
  const turn = new Promise((resolve) => setTimeout(resolve, 0));
  const prepared = await prepareMachine(opened, {
    ...options,
    command: guestCommand(options),
    folder: folder.path,
    backend,
  });
  options.onPrepared?.(prepared);
  await turn;
  signal?.throwIfAborted();

  onStage?.("clone");
  let stage: LaunchStage = "clone";
  const enter = (next: LaunchStage, time?: number) => {
    stage = next;
    onStage?.(next, time);
  };
  const { onNotice } = options;
  const machine = resources.use(
    await backend.start(prepared.specification, {
      ...signal && { signal },
      ...onNotice && { onNotice },
      onStage: (reached) => reached === "clone" && enter("firmware and kernel"),
    }),
  );
  const session = prepared.guest &&
    attachGuest(prepared.guest, (port) => machine.port(port), {
      onStage: (reached, time) => {
        const next = STAGES[reached];
        if (next !== undefined) enter(next, time);
        else if (reached === "end") options.onCommandEnd?.(time);
      },
    });
  const command = session?.command && runningCommand(
    session.command,
    commandStatus({ machine, session, signal, onConsole: options.onConsole, stage: () => stage }),
  );
  const kept = resources.move();
  return { machine, prepared, command, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** The stages that a guest tells of. That its services are ready begins none. */
const STAGES: Readonly<Partial<Record<GuestStage, LaunchStage>>> = {
  initramfs: "initramfs",
  userspace: "userspace",
  command: "command",
};

function guestCommand({ command, environment }: LaunchOptions): GuestCommand | undefined {
  if (command === undefined) return undefined;
  return { arguments: command, ...environment && { environment } };
}

/** Makes the machine's folder, and removes what others have left behind. */
async function createMachineFolder(): Promise<MachineFolder> {
  const home = snapvmHome(Deno.env.toObject(), Deno.build.os);
  try {
    await removeStaleMachines(home);
    return await MachineFolder.create(home);
  } catch (cause) {
    throw new SnapvmError(
      "home-unwritable",
      `Cannot keep a machine in ${home}: ${reasonOf(cause)}`,
      {
        data: { home },
        cause,
      },
    );
  }
}
