import { SnapvmError } from "../error/mod.ts";

/** What the names of machines have in common with those of containers, and with a label of a host's name: its length. */
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}$/;

/**
 * Says whether a text can be the name of a machine.
 *
 * @param name The text.
 * @returns Whether it can.
 */
export function isMachineName(name: string): boolean {
  return NAME.test(name);
}

/**
 * Makes sure that a text can be the name of a machine.
 *
 * @param name The text.
 * @throws {SnapvmError} `invalid-machine-name` if it cannot.
 */
export function requireMachineName(name: string): void {
  if (isMachineName(name)) return;
  throw new SnapvmError(
    "invalid-machine-name",
    `Cannot name a machine ${JSON.stringify(name)}: a name has up to 63 letters, digits, ` +
      `"_", "." and "-", and begins with a letter or a digit`,
    { data: { name } },
  );
}

/** A name for a machine that the user has not named. */
export function randomMachineName(): string {
  return crypto.randomUUID().slice(0, 8);
}
