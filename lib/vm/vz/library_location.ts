/** Where the library for Virtualization.framework comes from. */
export interface LibraryLocation {
  /**
   * A folder that only this user can write to, for what outlives a machine: the library that snapvm carries in itself is
   * put there, unless it is there.
   */
  readonly folder: string;
  /** The path of another library with the same interface, to use instead. */
  readonly library?: string | undefined;
}
