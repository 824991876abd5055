/**
 * Runs a machine until it is killed: `killed_machine.ts HYPERVISOR HOME SOURCE` prints the machine's name once it runs.
 */
import { MachineFolder } from "../../../lib/machines/mod.ts";
import { HYPERVISORS } from "./hypervisors.ts";
import { startTinyGuest } from "./tiny_guest.ts";

const [hypervisor, home, source] = Deno.args as [string, string, string];
const folder = await MachineFolder.create(home);
await startTinyGuest(folder.path, "sleep 1000", {
  backend: HYPERVISORS.find(({ name }) => name === hypervisor)!.backend(),
  machine: { disks: [{ source, serial: "root", readOnly: false, patches: [] }] },
});
// deno-lint-ignore no-console -- the name is this script's result
console.log(folder.name);
