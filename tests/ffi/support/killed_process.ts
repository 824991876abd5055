/** Boots a guest that never ends, prints its hypervisor's process ID, and waits to be killed. */
import { runProgram } from "../../../scripts/images/mod.ts";
import { createGuest } from "./double_guest.ts";

const guest = await createGuest("while :; do sleep 1; done");
await guest.machine.start();
const children = await runProgram("pgrep", ["-P", `${Deno.pid}`, "qemu"]);
await Deno.stdout.write(new TextEncoder().encode(children));
await guest.event("guest-stopped");
