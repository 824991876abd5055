/** A folder of the host that the guest has. */
export interface Share {
  /** The folder on the host. */
  readonly source: string;
  /** Where it is in the guest: an absolute path. The folder is made if it is not there. */
  readonly path: string;
  /** Whether the guest may only read; the host sees to that. */
  readonly readOnly?: boolean;
}
