import { reasonOf } from "../../error/mod.ts";
import { withDeadline } from "../../host/mod.ts";
import type { GuestPlan } from "../../guest/mod.ts";
import { snapvmHome } from "../../store/mod.ts";
import { CommandFailure, ExitStatus, print, printable, withStatus } from "../../ui/mod.ts";
import { type Backend, type Machine, MachineFolder, removeStaleMachines } from "../../vm/mod.ts";
import { openBootableImage } from "../../launch/open_bootable_image.ts";
import { describePrepared } from "./describe_prepared.ts";
import { prepareMachine } from "../../launch/prepare_machine.ts";
import type { RunFacts } from "./report_timings.ts";
import type { RunOptions } from "./run_options.ts";
import type { Stages } from "./stages.ts";

/** What {@linkcode startImage} takes beside the image and what is run in it. */
export interface StartImageOptions {
  /** The options of the command line. */
  readonly options: RunOptions;
  /** The hypervisor. */
  readonly backend: Backend;
  /** Is told of each stage. */
  readonly stages: Stages;
  /** Gets what is found out on the way. */
  readonly facts: RunFacts;
  /** Ends the start, or the machine, when it aborts. */
  readonly signal: AbortSignal;
}

/** An image's running machine; disposing of it leaves nothing behind. */
export interface StartedImage extends AsyncDisposable {
  /** The machine. */
  readonly machine: Machine;
  /** What the guest was given; `undefined` where the kernel has no initramfs to carry it. */
  readonly guest: GuestPlan | undefined;
}

/**
 * Goes the way from an image's name to its running machine.
 *
 * Throws a `CommandFailure` with the status for what failed before the guest ran, and the signal's reason where it
 * aborts.
 */
export async function startImage(
  name: string,
  command: readonly string[],
  { options, backend, stages, facts, signal }: StartImageOptions,
): Promise<StartedImage> {
  try {
    await using resources = new AsyncDisposableStack();
    stages.enter("resolve");
    // A store that does not answer can still be given up.
    const opened = resources.use(
      await withDeadline(openBootableImage(name, options), { signal }),
    );

    stages.enter("extract");
    const folder = resources.use(await createMachineFolder());
    // Work that waits for files alone can keep signals and the deadline from being seen. This timer comes after them, and
    // costs nothing where it is due by the time that it is waited for.
    const turn = new Promise((resolve) => setTimeout(resolve, 0));
    const prepared = await prepareMachine(opened, folder.path, backend, {
      command,
      cpus: options.cpus,
      memory: options.memory,
      kernelArguments: options.karg,
      kernel: options.kernel,
      readOnly: options.readOnly ?? false,
      signal,
    });
    facts.healed = prepared.healed;
    if (options.debug) describePrepared(prepared);
    await turn;
    signal.throwIfAborted();

    stages.enter("clone");
    const machine = resources.use(
      await backend.start(prepared.specification, {
        signal,
        onStage: (reached) => reached === "clone" && stages.enter("firmware and kernel"),
        onNotice: (notice) => {
          facts.notices.push(notice);
          if (options.debug) print(`debug: ${printable(notice)}\n`, Deno.stderr);
        },
      }),
    );
    facts.acceleration = machine.acceleration;

    const kept = resources.move();
    return { machine, guest: prepared.guest, [Symbol.asyncDispose]: () => kept.disposeAsync() };
  } catch (error) {
    throw withStatus(error, ExitStatus.notStarted);
  }
}

/** Makes the machine's folder, and takes away what was left of others. */
async function createMachineFolder(): Promise<MachineFolder> {
  const home = snapvmHome(Deno.env.toObject(), Deno.build.os);
  try {
    await removeStaleMachines(home);
    return await MachineFolder.create(home);
  } catch (cause) {
    throw new CommandFailure(`Cannot keep a machine in ${home}: ${reasonOf(cause)}`, {
      status: ExitStatus.notStarted,
      advice: "Set SNAPVM_HOME to a folder that you can write to.",
      cause,
    });
  }
}
