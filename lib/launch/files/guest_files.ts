import { type AgentConnection, mountInGuest, powerGuest, unmountInGuest } from "../../guest/mod.ts";
import { withDeadline } from "../../host/mod.ts";
import {
  type Machine,
  type MachineSpecification,
  mountShares,
  unmountShares,
} from "../../vm/mod.ts";
import type { PreparedShare } from "./prepared_share.ts";

/** How long a guest has to write what it still holds, in milliseconds: as slow as a disk may be. */
const SETTLE_MS = 10_000;

/** What {@linkcode GuestFiles} works with. */
export interface GuestFilesOptions {
  /** The machine. */
  readonly machine: Machine;
  /** What it was made of. */
  readonly specification: MachineSpecification;
  /** The folders of the host that the guest has to mount, in this order. */
  readonly shares: readonly PreparedShare[];
  /** The connection to the guest's agent. */
  readonly agent: AgentConnection;
}

/** What a guest has of the host's files: folders to mount, and disks whose content outlives the machine. */
export class GuestFiles implements AsyncDisposable {
  readonly #options: GuestFilesOptions;
  #isAttached = false;

  /** Begins with a machine that has just been started. */
  constructor(options: GuestFilesOptions) {
    this.#options = options;
  }

  /**
   * Mounts the folders. The guest has to be ready: what it mounts itself while it starts would hide them.
   *
   * @throws {SnapvmError} `share-not-mounted` if the guest cannot mount one.
   */
  async attach(): Promise<void> {
    const { machine, shares, agent } = this.#options;
    this.#isAttached = true;
    await mountShares(shares, machine.shareTypes, {
      mount: (share) => mountInGuest(agent, share),
    });
  }

  /**
   * Has the guest write what it still holds, if the host would miss it, and power off. Does nothing if there is nothing
   * to miss, or the machine has ended.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    const { machine, specification, shares, agent } = this.#options;
    const isMissed = shares.some(({ readOnly }) => !readOnly) ||
      (specification.attachedDisks ?? []).some(({ readOnly, path }) =>
        !readOnly && !path.startsWith(specification.folder)
      );
    if (!this.#isAttached || !isMissed) return;
    const settle = async () => {
      await unmountShares(shares, { unmount: (path) => unmountInGuest(agent, path) });
      await powerGuest(agent, { how: "off", force: true });
      await machine.ended;
    };
    const limit = { milliseconds: SETTLE_MS, error: () => new Error("The guest does not end") };
    // A guest that does not answer is ended without its consent.
    await withDeadline(Promise.race([settle(), machine.ended]), { limit }).catch(() => {});
  }
}
