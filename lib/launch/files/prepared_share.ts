import type { ShareSpecification } from "../../vm/mod.ts";

/** A share that was looked at. */
export interface PreparedShare extends ShareSpecification {
  /** Where it is in the guest. */
  readonly path: string;
}
