import { hasCode, SnapvmError } from "../../error/mod.ts";
import { isFile, isFolder } from "../../host/mod.ts";
import type { Backend, Machine } from "../machine.ts";
import type { MachineFolder, MachinePort } from "../../machines/mod.ts";
import type { PortListeners } from "../ports/port_listeners.ts";
import { createQemuBackend } from "../qemu/create_qemu_backend.ts";
import type { Supervisor } from "../supervisor/supervisor.ts";
import { createVzBackend } from "../vz/create_vz_backend.ts";
import { type MachinePlan, type PlannedBackend, writeMachinePlan } from "./machine_plan.ts";
import type { StartPlannedOptions } from "./start_planned_options.ts";

/** How long to wait for a disk that a dying hypervisor still has, and how often to look, in milliseconds. */
const DISK_FREE_MS = 3000;
const PAUSE_MS = 100;

/** What `startPlanned()` does. */
export async function startAndSupervise(
  folder: MachineFolder,
  plan: MachinePlan,
  options: StartPlannedOptions = {},
): Promise<Supervisor> {
  const { record, specification } = plan;
  const { signal, onClone, onNotice } = options;
  for (const { source } of specification.disks) {
    if (!await isFile(source)) throw gone(folder, `its disk is a clone of ${source}`);
  }
  for (const { path } of specification.attachedDisks ?? []) {
    if (await isFile(path)) continue;
    throw new SnapvmError(
      "disk-unusable",
      `Cannot start the machine ${folder.name}: its disk ${path} is gone`,
      { data: { path, reason: "missing" } },
    );
  }
  for (const { source } of specification.shares ?? []) {
    if (await isFolder(source)) continue;
    throw new SnapvmError(
      "share-unusable",
      `Cannot start the machine ${folder.name}: it shares ${source}, which is gone`,
      { data: { path: source, reason: "missing" } },
    );
  }
  using taken = new DisposableStack();
  const ports = taken.use(await openPorts(record.ports));
  const backend = options.backend ?? createBackend(plan.backend);
  const wasThere = folder.record !== undefined;
  const start = () =>
    backend.start(specification, {
      ...signal && { signal },
      ...onNotice && { onNotice },
      onStage: (stage) => {
        if (stage !== "clone") return;
        // Before the guest runs: from now on its disk may be worth something.
        if (folder.record === undefined) {
          if (record.kept) writeMachinePlan(folder.path, plan);
          folder.writeRecord(record);
        }
        onClone?.();
      },
    });
  const machine = wasThere ? await startWhenFree(start) : await start().catch(async (error) => {
    // A machine that has never run is worth nothing, even if it was to be kept.
    if (folder.record !== undefined) await folder.remove();
    throw error;
  });
  // Loaded only now: the guest boots meanwhile.
  const { Supervisor } = await import(
    import.meta.resolve("../supervisor/supervisor.ts")
  ) as typeof import("../supervisor/supervisor.ts");
  taken.move();
  return await Supervisor.begin({
    ...options,
    folder,
    machine,
    agentPort: plan.agentPort,
    mounts: plan.mounts,
    ports,
  });
}

/** Most machines have no ports that others can connect to. */
async function openPorts(ports: readonly MachinePort[]): Promise<PortListeners | undefined> {
  if (ports.length === 0) return undefined;
  const { PortListeners } = await import(
    import.meta.resolve("../ports/port_listeners.ts")
  ) as typeof import("../ports/port_listeners.ts");
  return await PortListeners.open(ports);
}

/** A hypervisor whose supervisor was killed a moment ago may still have the disk. */
async function startWhenFree(start: () => Promise<Machine>): Promise<Machine> {
  for (const end = performance.now() + DISK_FREE_MS;;) {
    try {
      return await start();
    } catch (error) {
      const isInUse = hasCode(error, "machine-start-failed") &&
        error.data.reason === "image-in-use";
      if (!isInUse || performance.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

function createBackend(backend: PlannedBackend): Backend {
  return backend.name === "qemu" ? createQemuBackend(backend) : createVzBackend(backend);
}

function gone({ name, path }: MachineFolder, what: string): SnapvmError {
  return new SnapvmError(
    "machine-damaged",
    `Cannot start the machine ${name}: ${what}, which is gone`,
    { data: { name, path } },
  );
}
