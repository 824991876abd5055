import { checkCommand, type GuestCommandOptions, type GuestProcess } from "../guest/mod.ts";
import { type Backend, type PlannedBackend, startPlanned, type Supervisor } from "../vm/mod.ts";
import { nextTurn, snapvmHome, withDeadline } from "../host/mod.ts";
import { planMachine } from "./background/plan_machine.ts";
import { type BackendName, chooseBackend, planBackend, prepareBackend } from "./backend.ts";
import { commandStatus } from "./command_status.ts";
import { createMachineFolder } from "./create_machine_folder.ts";
import { settleGuest } from "./files/settle_guest.ts";
import { GuestBoot } from "./guest_boot.ts";
import { startProcess } from "./start_process.ts";
import type { Launch, LaunchOptions } from "./launch_options.ts";
import type { LaunchStage } from "./launch_stage.ts";
import { openBootableImage } from "./open_bootable_image.ts";
import { openLabelledImage } from "./shape/open_labelled_image.ts";
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
  const source = options.selinux
    ? resources.use(await openLabelledImage(opened, { signal, onNotice: options.onNotice }))
    : opened;
  const folder = resources.use(await createMachineFolder(snapvmHome(), options.name));
  const prepared = await prepareMachine(source, {
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
  const boot = new GuestBoot(enter);
  const { kept = false, ports = [], onNotice } = options;
  const plan = await planMachine({
    folder,
    opened: source,
    prepared,
    backend: plannedBackend(backend, kept),
    kept,
    outlives: false,
    ports,
    command: options.command,
    user: options.user,
  });
  const supervisor = await startPlanned(folder, plan, {
    backend,
    signal,
    onNotice,
    onProblem: onNotice,
    onClone: () => enter("firmware and kernel"),
    onEvent: (event) => boot.take(event),
    ...wanted && { onConsole: options.onConsole },
  });
  resources.use(supervisor);
  resources.defer(() => settleGuest(supervisor, { ...prepared, kept }));
  const { machine } = supervisor;
  const command = wanted &&
    launchedCommand(wanted, { supervisor, boot, enter, stage: () => stage }, options);
  // With a command nobody reads the console but the supervisor.
  const console = command ? supervisor.console.channel() : supervisor.console.awaitedChannel();
  const live = resources.move();
  return {
    machine: {
      backend: machine.backend,
      acceleration: machine.acceleration,
      ...machine.shareTypes && { shareTypes: machine.shareTypes },
      console,
      ended: supervisor.ended,
      port: (name) => machine.port(name),
      stop: () => machine.stop(),
      [Symbol.asyncDispose]: () => machine[Symbol.asyncDispose](),
    },
    prepared,
    command,
    [Symbol.asyncDispose]: () => live.disposeAsync(),
  };
}

/** How a machine is started another time; one that is not kept never is. */
function plannedBackend(backend: Backend, kept: boolean): PlannedBackend {
  return kept
    ? planBackend({ name: backend.name as BackendName })
    : { name: backend.name } as PlannedBackend;
}

/** What {@linkcode launchedCommand} works with. */
interface LaunchedGuest {
  readonly supervisor: Supervisor;
  readonly boot: GuestBoot;
  readonly enter: (stage: LaunchStage) => void;
  readonly stage: () => LaunchStage;
}

function launchedCommand(
  wanted: GuestCommandOptions,
  { enter, ...guest }: LaunchedGuest,
  { signal, onCommandEnd }: LaunchOptions,
): RunningCommand {
  const process = Promise.withResolvers<GuestProcess>();
  const status = commandStatus({
    ...guest,
    signal,
    start: () => {
      const started = startProcess(guest.supervisor.agent!, wanted);
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
