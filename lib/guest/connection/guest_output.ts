import type { Bytes } from "../protocol/bytes.ts";

/** What comes from a guest, without a stream. It must be read or cancelled. */
export interface GuestOutput {
  /**
   * Waits for the next bytes. One reader can wait at a time.
   *
   * @returns The bytes; `undefined` at their end.
   */
  read(): Promise<Bytes | undefined>;
  /** Reads no more: the guest is told, and what still comes is dropped. */
  cancel(): void;
}
