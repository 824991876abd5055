import { join } from "node:path";
import { MachineStartFailed } from "../errors.ts";
import { macAddress } from "./mac_address.ts";
import { sha256 } from "./sha256.ts";

/** How many there are, whatever is run: half of the 253 network addresses that macOS leases, for a day each. */
const CARDS = 128;

/** A machine's network card. Nobody else gets one with this address before it is disposed of, or its process ends. */
export interface NetworkCard extends Disposable {
  /** The card's address: six bytes in hexadecimal, with colons. */
  readonly macAddress: string;
}

/**
 * Takes a network card for a machine: the image's usual one, or the next that is free where another machine has it.
 * Who runs the same images day after day needs no more addresses than images.
 *
 * @param folder Where it is noted who has which card, by locks that the kernel gives back when their owner dies. It is
 * made where it does not exist. Each folder has addresses of its own.
 * @param image What tells the image from others.
 * @returns The card.
 * @throws {MachineStartFailed} If all cards are taken.
 */
export async function takeNetworkCard(folder: string, image: string): Promise<NetworkCard> {
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  const place = await Deno.realPath(folder);
  const usual = new DataView((await sha256(image)).buffer).getUint32(0) % CARDS;
  for (let tried = 0; tried < CARDS; tried++) {
    const path = join(place, String((usual + tried) % CARDS));
    const lock = await tryLock(path);
    if (lock !== undefined) {
      return { macAddress: await macAddress(path), [Symbol.dispose]: () => lock.close() };
    }
  }
  throw new MachineStartFailed(
    `Cannot give the machine a network card: ${CARDS} machines have one already`,
    "End one of them.",
  );
}

/** The locked file; `undefined` where somebody else has the lock, or the file, as after a run with `sudo`. */
async function tryLock(path: string): Promise<Deno.FsFile | undefined> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path, { write: true, create: true, mode: 0o600 });
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) return undefined;
    throw error;
  }
  if (await file.tryLock(true)) return file;
  file.close();
  return undefined;
}
