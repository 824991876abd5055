import { powerGuest, unmountInGuest } from "../../guest/mod.ts";
import { withDeadline } from "../../host/mod.ts";
import { type MachineSpecification, type Supervisor, unmountShares } from "../../vm/mod.ts";
import type { PreparedShare } from "./prepared_share.ts";

/** How long a guest has to write what it still holds, in milliseconds: as slow as a disk may be. */
const SETTLE_MS = 10_000;

/** What {@linkcode settleGuest} works with. */
export interface SettleGuestOptions {
  /** What the machine was made of. */
  readonly specification: MachineSpecification;
  /** The folders of the host that the guest has mounted, in this order. */
  readonly shares: readonly PreparedShare[];
  /** Whether the machine's own disk outlives it. */
  readonly kept: boolean;
}

/**
 * Has a guest write what it still holds, if the host would miss it, and power off. Does nothing if there is nothing to
 * miss, the guest is not ready, or the machine has ended.
 *
 * @param supervisor The machine.
 * @param options What it has of the host's files.
 */
export async function settleGuest(
  supervisor: Supervisor,
  { specification, shares, kept }: SettleGuestOptions,
): Promise<void> {
  const isMissed = kept || shares.some(({ readOnly }) => !readOnly) ||
    (specification.attachedDisks ?? []).some(({ readOnly, path }) =>
      !readOnly && !path.startsWith(specification.folder)
    );
  const { agent, machine, status } = supervisor;
  if (!isMissed || agent === undefined || status.stage !== "ready") return;
  const settle = async () => {
    await unmountShares(shares, { unmount: (path) => unmountInGuest(agent, path) });
    await powerGuest(agent, { how: "off", force: true });
    await machine.ended;
  };
  const limit = { milliseconds: SETTLE_MS, error: () => new Error("The guest does not end") };
  // A guest that does not answer is ended without its consent.
  await withDeadline(Promise.race([settle(), machine.ended]), { limit }).catch(() => {});
}
