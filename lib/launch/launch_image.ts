import { attachGuest, type GuestCommand, type GuestStage } from "../guest/mod.ts";
import { nextTurn, snapvmHome, withDeadline } from "../host/mod.ts";
import { chooseBackend, prepareBackend } from "./backend.ts";
import { commandStatus } from "./command_status.ts";
import { createMachineFolder } from "./create_machine_folder.ts";
import type { Launch, LaunchOptions } from "./launch_options.ts";
import type { LaunchStage } from "./launch_stage.ts";
import { openBootableImage } from "./open_bootable_image.ts";
import { prepareMachine } from "./prepare_machine.ts";
import { runningCommand } from "./running_command.ts";

/** What `launch()` does. */
export async function launchImage(image: string, options: LaunchOptions): Promise<Launch> {
  const { signal, onStage } = options;
  const backend = typeof options.backend === "object"
    ? options.backend
    : chooseBackend({ name: options.backend });
  await prepareBackend(backend);

  await using resources = new AsyncDisposableStack();
  onStage?.("resolve");
  const opening = openBootableImage(image, {
    ...options,
    onAcquire: async () => {
      onStage?.("pull");
      await options.onAcquire?.();
    },
  });
  // A store that does not answer can still be given up.
  const opened = resources.use(
    await withDeadline(opening, { signal }).catch((error) => {
      opening.then((late) => late[Symbol.dispose](), () => {});
      throw error;
    }),
  );

  onStage?.("extract");
  const folder = resources.use(await createMachineFolder(snapvmHome()));
  const prepared = await prepareMachine(opened, {
    ...options,
    command: guestCommand(options),
    folder: folder.path,
    backend,
  });
  options.onPrepared?.(prepared);
  // Work that only reads files can keep signals and timers from being seen.
  await nextTurn();
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
