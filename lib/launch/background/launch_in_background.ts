import { nextTurn, snapvmHome, withDeadline } from "../../host/mod.ts";
import { MachineFolder, removeStaleMachines } from "../../machines/mod.ts";
import { BackgroundSupervisor } from "../../vm/mod.ts";
import { chooseBackend, planBackend, prepareBackend } from "../backend.ts";
import { createMachineFolder } from "../create_machine_folder.ts";
import type { LaunchMachineOptions } from "../launch_machine_options.ts";
import { openBootableImage } from "../open_bootable_image.ts";
import { openLabelledImage } from "../shape/open_labelled_image.ts";
import { prepareMachine } from "../prepare_machine.ts";
import type { StartMachineOptions } from "../start_machine_options.ts";
import { planMachine } from "./plan_machine.ts";
import { supervisorProgram } from "./supervisor_program.ts";

/** What `launchMachine()` does. */
export async function launchInBackground(
  image: string,
  options: LaunchMachineOptions = {},
): Promise<string> {
  const { signal, onStage, onNotice, kept = true, ports = [], user } = options;
  const backend = chooseBackend(options.backend);
  await prepareBackend(backend);
  const home = snapvmHome();
  onStage?.("resolve");
  const opening = openBootableImage(image, {
    ...options,
    onAcquire: async () => {
      onStage?.("pull");
      await options.onAcquire?.();
    },
  });
  // A store that does not answer can still be given up.
  using opened = await withDeadline(opening, { signal }).catch((error) => {
    opening.then((late) => late[Symbol.dispose](), () => {});
    throw error;
  });
  onStage?.("extract");
  using resources = new DisposableStack();
  const source = options.selinux
    ? resources.use(await openLabelledImage(opened, { signal, onNotice }))
    : opened;
  await using folder = await createMachineFolder(home, options.name);
  // It starts while this process works.
  await using supervisor = new BackgroundSupervisor(folder, supervisorProgram());
  const prepared = await prepareMachine(source, {
    ...options,
    name: folder.name,
    folder: folder.path,
    backend,
  });
  options.onPrepared?.(prepared);
  await nextTurn();
  signal?.throwIfAborted();
  const plan = await planMachine({
    folder,
    opened: source,
    prepared,
    backend: planBackend(options.backend),
    kept,
    outlives: true,
    ports,
    user,
  });
  onStage?.("clone");
  try {
    await supervisor.start(home, plan, {
      signal,
      onNotice,
      onClone: () => onStage?.("firmware and kernel"),
    });
  } catch (error) {
    // If it was killed, there is something left.
    await supervisor[Symbol.asyncDispose]();
    await removeStaleMachines(home);
    throw error;
  }
  return folder.name;
}

/** What `startMachine()` does. */
export async function startInBackground(
  name: string,
  options: StartMachineOptions = {},
): Promise<void> {
  const home = snapvmHome();
  await using folder = await MachineFolder.open(home, name);
  if (folder.record?.backend === "vz") await prepareBackend(chooseBackend({ name: "vz" }));
  await using supervisor = new BackgroundSupervisor(folder, supervisorProgram());
  await supervisor.start(home, undefined, options);
}
