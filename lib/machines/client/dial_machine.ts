import { join } from "../../host/mod.ts";
import { CONTROL_SOCKET } from "./control_socket.ts";
import { runtimeFolder } from "../runtime_folder.ts";

/**
 * Connects to the control socket of a machine. If its owner answers there, it lives, and no lock has to be tried.
 *
 * @param machineFolder The machine's folder.
 * @returns The connection; `undefined` if nobody answers: the machine may be starting, ending or stopped, or there is
 *   none.
 */
export async function dialMachine(machineFolder: string): Promise<Deno.UnixConn | undefined> {
  try {
    const runtime = await runtimeFolder(machineFolder);
    if (runtime === undefined) return undefined;
    return await Deno.connect({ transport: "unix", path: join(runtime, CONTROL_SOCKET) });
  } catch {
    return undefined;
  }
}
