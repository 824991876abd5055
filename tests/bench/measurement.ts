/** One line of the table. */
export interface Measurement {
  /** What was measured. */
  readonly name: string;
  /** What came out. */
  readonly value: number;
  /** `ms`, `µs`, `MiB`, `KiB`. */
  readonly unit: string;
  /** What `value` may be at most; absent if it is only shown for comparison. */
  readonly limit?: number;
  /** Whose number the limit is made of, or how. */
  readonly reason?: string;
}
