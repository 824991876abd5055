import { join } from "../../host/mod.ts";
import { CONTROL_SOCKET } from "../supervisor/control_socket.ts";
import { runtimeFolder } from "./runtime_folder.ts";

/**
 * Says whether a machine's owner answers on its control socket: then it lives, and no lock has to be tried.
 *
 * @param machineFolder The machine's folder.
 * @returns Whether it does. If it does not, the machine may be starting, ending or stopped, or there is none.
 */
export async function isAnswered(machineFolder: string): Promise<boolean> {
  try {
    const runtime = await runtimeFolder(machineFolder);
    if (runtime === undefined) return false;
    using _conn = await Deno.connect({ transport: "unix", path: join(runtime, CONTROL_SOCKET) });
    return true;
  } catch {
    return false;
  }
}
