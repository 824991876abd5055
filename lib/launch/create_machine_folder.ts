import { hasCode, reasonOf, SnapvmError } from "../error/mod.ts";
import { MachineFolder, removeStaleMachines } from "../machines/mod.ts";

/**
 * Makes a machine's folder, and removes what others have left behind.
 *
 * @param home `$SNAPVM_HOME`.
 * @param name The machine's name, if it is to have a certain one.
 * @returns The folder.
 * @throws {SnapvmError} `machine-exists`, `invalid-machine-name`; `home-unwritable` if the home cannot be written.
 */
export async function createMachineFolder(home: string, name?: string): Promise<MachineFolder> {
  try {
    await removeStaleMachines(home);
    return await MachineFolder.create(home, { name });
  } catch (cause) {
    if (hasCode(cause, "machine-exists", "invalid-machine-name")) throw cause;
    throw new SnapvmError(
      "home-unwritable",
      `Cannot keep a machine in ${home}: ${reasonOf(cause)}`,
      { data: { home }, cause },
    );
  }
}
