import { join } from "../../host/mod.ts";
import type { Machine, MachineSpecification, StartOptions } from "../machine.ts";
import { stopOnAbort } from "../stop_on_abort.ts";
import { checkMachine } from "./check_machine.ts";
import { cloneDisk } from "./clone_disk.ts";
import { type NetworkCard, takeNetworkCard } from "./network_card.ts";
import { openVirtualization } from "./open_virtualization.ts";
import { startVz } from "./start_vz.ts";
import type { VzBackendOptions } from "./vz_backend_options.ts";

/** What `start` of the backend does. Only a Mac needs what this file imports: it is loaded with the first machine. */
export async function startMachine(
  specification: MachineSpecification,
  options: VzBackendOptions,
  { signal, onStage, onNotice }: StartOptions = {},
): Promise<Machine> {
  signal?.throwIfAborted();
  const virtualization = await openVirtualization(options);
  const machine = await checkMachine(specification, virtualization.host());
  const disks = await Promise.all(machine.disks.map((disk, index) =>
    cloneDisk(disk, {
      files: virtualization,
      clone: join(machine.folder, `disk${index}.img`),
      onNotice,
      signal,
    })
  ));
  signal?.throwIfAborted();
  onStage?.("clone");
  using held = new DisposableStack();
  const macAddress = machine.network
    ? machine.macAddress ?? held.use(await takeCard(machine, options.folder)).macAddress
    : undefined;
  const { onConfiguration } = options;
  const running = await startVz(machine, {
    virtualization,
    macAddress,
    disks,
    signal,
    onConfiguration,
  });
  const cards = held.move();
  running.ended.then(() => cards.dispose());
  onStage?.("hypervisor");
  if (signal !== undefined) stopOnAbort(running, signal);
  return running;
}

/** An image is known by its root disk's source: a snapshot's path has the image's digest in it. */
async function takeCard({ disks }: MachineSpecification, folder: string): Promise<NetworkCard> {
  const [root] = disks;
  const image = root === undefined ? "" : await Deno.realPath(root.source);
  return await takeNetworkCard(join(folder, "network-cards"), image);
}
