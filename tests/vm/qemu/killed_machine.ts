/**
 * Runs a machine until it is killed: `killed_machine.ts HOME SOURCE` prints the machine's name once the guest is up.
 */
import { MachineFolder } from "../../../lib/vm/mod.ts";
import { readUntil, startTinyGuest } from "../tiny_guest.ts";

const [home, source] = Deno.args as [string, string];
const folder = await MachineFolder.create(home);
const machine = await startTinyGuest(folder.path, "echo x >/dev/vda; echo up; sleep 1000", {
  machine: { disks: [{ source, serial: "root", readOnly: false, patches: [] }] },
});
await readUntil(machine.console.readable.getReader(), "up");
// deno-lint-ignore no-console -- the name is this script's result
console.log(folder.name);
