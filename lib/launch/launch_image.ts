import { hasCode } from "../error/mod.ts";
import {
  AgentConnection,
  checkCommand,
  type GuestCommandOptions,
  type GuestProcess,
} from "../guest/mod.ts";
import type { Machine } from "../vm/mod.ts";
import { nextTurn, snapvmHome, withDeadline } from "../host/mod.ts";
import { chooseBackend, prepareBackend } from "./backend.ts";
import { commandStatus } from "./command_status.ts";
import { createMachineFolder } from "./create_machine_folder.ts";
import { GuestFiles } from "./files/guest_files.ts";
import { GuestBoot } from "./guest_boot.ts";
import { startProcess } from "./start_process.ts";
import type { Launch, LaunchOptions } from "./launch_options.ts";
import type { LaunchStage } from "./launch_stage.ts";
import { openBootableImage } from "./open_bootable_image.ts";
import { prepareMachine } from "./prepare_machine.ts";
import { type RunningCommand, runningCommand } from "./running_command.ts";

/** What `launch()` does. */
export async function launchImage(image: string, options: LaunchOptions): Promise<Launch> {
  const { signal, onStage } = options;
  const wanted = guestCommand(options);
  if (wanted !== undefined) checkCommand(wanted);
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
  const boot = new GuestBoot(enter);
  const agent = new AgentConnection(machine.port(prepared.guest.ports[0]!), {
    onEvent: (event) => boot.take(event),
  });
  const { specification, shares } = prepared;
  const files = resources.use(new GuestFiles({ machine, specification, shares, agent }));
  const ready = boot.ready.then(() => files.attach());
  // Without a command nobody waits for it.
  ready.catch((error) => {
    if (wanted === undefined && hasCode(error, "share-not-mounted")) onNotice?.(error.message);
  });
  const command = wanted &&
    launchedCommand(wanted, { machine, agent, ready, enter, stage: () => stage }, options);
  const kept = resources.move();
  return { machine, prepared, command, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** What {@linkcode launchedCommand} works with. */
interface LaunchedGuest {
  readonly machine: Machine;
  readonly agent: AgentConnection;
  readonly ready: Promise<void>;
  readonly enter: (stage: LaunchStage) => void;
  readonly stage: () => LaunchStage;
}

function launchedCommand(
  wanted: GuestCommandOptions,
  { enter, ...guest }: LaunchedGuest,
  { signal, onConsole, onCommandEnd }: LaunchOptions,
): RunningCommand {
  const process = Promise.withResolvers<GuestProcess>();
  const status = commandStatus({
    ...guest,
    signal,
    onConsole,
    start: () => {
      const started = startProcess(guest.agent, wanted);
      started.started.then(() => enter("command"), () => {});
      started.exit.then(() => onCommandEnd?.(performance.now()), () => {});
      process.resolve(started);
      return started;
    },
  });
  status.catch((error) => process.reject(error));
  return runningCommand(process.promise, status);
}

function guestCommand(options: LaunchOptions): GuestCommandOptions | undefined {
  const { command, environment, folder, user, terminal } = options;
  if (command === undefined) return undefined;
  return { arguments: command, environment, folder, user, terminal };
}
