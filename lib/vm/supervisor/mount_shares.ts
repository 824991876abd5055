import { reasonOf, SnapvmError } from "../../error/mod.ts";
import type { ShareType } from "../machine.ts";
import type { GuestMount } from "./guest_mount.ts";

/** The part of a guest's agent that mounts. */
export interface MountingAgent {
  /** Mounts a share. */
  mount(share: GuestMount & { readonly type: ShareType }): Promise<void>;
  /** Takes a mount away. */
  unmount(path: string): Promise<void>;
}

/**
 * Mounts the shares of a machine in its guest, one after the other: one may lie inside another.
 *
 * @param mounts The shares, in their order.
 * @param types How the hypervisor serves each, by its name.
 * @param agent The guest's agent, which is in the root filesystem.
 * @throws {SnapvmError} `share-not-mounted` if the guest cannot mount one.
 */
export async function mountShares(
  mounts: readonly GuestMount[],
  types: ReadonlyMap<string, ShareType> | undefined,
  agent: Pick<MountingAgent, "mount">,
): Promise<void> {
  for (const share of mounts) {
    const { tag, path } = share;
    const type = types?.get(tag) ?? "virtiofs";
    try {
      await agent.mount({ ...share, type });
    } catch (cause) {
      throw new SnapvmError(
        "share-not-mounted",
        `Cannot mount the share at ${path} in the guest by ${type}: ${reasonOf(cause)}`,
        { data: { path, type }, cause },
      );
    }
  }
}

/**
 * Unmounts the shares of a machine in its guest, so that nothing of them is left in its memory. What cannot be unmounted
 * is left as it is: the guest is about to end.
 *
 * @param mounts The shares, in the order in which they were mounted.
 * @param agent The guest's agent.
 */
export async function unmountShares(
  mounts: readonly GuestMount[],
  agent: Pick<MountingAgent, "unmount">,
): Promise<void> {
  for (const { path } of mounts.toReversed()) {
    try {
      await agent.unmount(path);
    } catch {
      // The guest may have done it, or be gone.
    }
  }
}
