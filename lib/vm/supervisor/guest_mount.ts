/** A share that a guest is asked to mount. */
export interface GuestMount {
  /** The share's name. */
  readonly tag: string;
  /** Where it is in the guest. */
  readonly path: string;
  /** Whether the guest may only read. */
  readonly readOnly: boolean;
}
