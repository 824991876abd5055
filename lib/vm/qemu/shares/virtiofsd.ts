/** How a virtiofsd is locked up. */
export type VirtiofsdSandbox = "namespace" | "chroot";

/** A virtiofsd, and what can be done with it here. */
export interface Virtiofsd {
  /** Its path. */
  readonly program: string;
  /** `c`: the one that came with QEMU until 7.2. `rust`: the one of its own since. */
  readonly generation: "c" | "rust";
  /** Whether it can refuse writes by itself. */
  readonly hasReadOnly: boolean;
  /** How it is locked up here. */
  readonly sandbox: VirtiofsdSandbox;
  /** Who we are on the host. */
  readonly user: { readonly uid: number; readonly gid: number };
  /** The program `unshare`, by which a folder becomes read only for a server that knows no such thing; root's alone. */
  readonly unshare: string | undefined;
}
