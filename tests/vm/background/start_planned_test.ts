import assert from "node:assert/strict";
import { join } from "node:path";
import { listMachines, MachineFolder } from "../../../lib/machines/mod.ts";
import { type Backend, startPlanned } from "../../../lib/vm/mod.ts";
import { readMachinePlan } from "../../../lib/vm/background/machine_plan.ts";
import { recordOf } from "../../machines/support/records.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { FakeMachine } from "../supervisor/support/fake_machine.ts";

/** A hypervisor that clones, and then does what the test says. */
function backendThat(start: () => Promise<FakeMachine>): Backend {
  return {
    name: "fake",
    consoleDevice: () => "hvc0",
    kernelArguments: () => [],
    start: async (_, options) => {
      options?.onStage?.("clone");
      return await start();
    },
  };
}

const PLAN = {
  specification: {
    architecture: "x86_64",
    cpus: 1,
    memory: 2 ** 28,
    kernel: "/kernel",
    commandLine: "",
    disks: [{ source: import.meta.filename!, serial: "root", readOnly: false, patches: [] }],
    network: false,
    ports: [],
    folder: "/",
  },
  backend: { name: "qemu" },
  mounts: [],
} as const;

Deno.test("startPlanned() leaves a kept machine what it needs to be started again", async () => {
  await using home = await temporaryFolder();
  await using folder = await MachineFolder.create(home.path, { name: "dev" });
  const plan = { ...PLAN, record: recordOf("dev") };
  const backend = backendThat(() => Promise.resolve(new FakeMachine()));
  const supervisor = await startPlanned(folder, plan, { backend });
  await supervisor.kill();
  await supervisor.ended;
  await folder[Symbol.asyncDispose]();
  const [machine] = await listMachines(home.path);
  assert.equal(machine?.state, "stopped");
  assert.deepEqual(await readMachinePlan(join(home.path, "machines/dev")), plan);
});

Deno.test("startPlanned() leaves nothing of a machine that has never run", async () => {
  await using home = await temporaryFolder();
  await using folder = await MachineFolder.create(home.path, { name: "dev" });
  const backend = backendThat(() => Promise.reject(new Error("no")));
  const plan = { ...PLAN, record: recordOf("dev") };
  await assert.rejects(startPlanned(folder, plan, { backend }), { message: "no" });
  assert.deepEqual(await listMachines(home.path), []);
});
