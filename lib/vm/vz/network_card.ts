import { SnapvmError } from "../../error/mod.ts";
import { join, sha256, tryLockFile } from "../../host/mod.ts";
import { macAddress } from "../mac_address.ts";

/** How many there are at most: half of the 253 network addresses that macOS leases, for a day each. */
const MAX_CARDS = 128;

/** A machine's network card. No other machine gets its address before it is disposed of or its process ends. */
export interface NetworkCard extends Disposable {
  /** The card's address: six bytes in hexadecimal, with colons. */
  readonly macAddress: string;
}

/**
 * Takes a network card for a machine: the image's usual one, or the next free one if another machine has it. So
 * somebody who runs the same images day after day needs no more addresses than images.
 *
 * @param folder Holds a file for each card, whose lock says that a machine has it; the kernel gives the lock back when
 * its owner dies. The folder is made if it does not exist. Each folder has addresses of its own.
 * @param image What tells the image from others.
 * @returns The card.
 * @throws {SnapvmError} `network-cards-taken` if all cards are taken.
 */
export async function takeNetworkCard(folder: string, image: string): Promise<NetworkCard> {
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  const place = await Deno.realPath(folder);
  const usual = new DataView((await sha256(image)).buffer).getUint32(0) % MAX_CARDS;
  for (let tried = 0; tried < MAX_CARDS; tried++) {
    const path = join(place, String((usual + tried) % MAX_CARDS));
    const lock = await tryLock(path);
    if (lock !== undefined) {
      return { macAddress: await macAddress(path), [Symbol.dispose]: () => lock[Symbol.dispose]() };
    }
  }
  throw new SnapvmError(
    "network-cards-taken",
    `Cannot give the machine a network card: ${MAX_CARDS} machines have one already`,
    { data: {} },
  );
}

/** The file may belong to another user, as after a run with `sudo`: then that card counts as taken. */
async function tryLock(path: string): Promise<Disposable | undefined> {
  try {
    return await tryLockFile(path, { create: true });
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) return undefined;
    throw error;
  }
}
