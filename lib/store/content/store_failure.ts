import { SnapvmError } from "../../error/mod.ts";
import { isDiskFull } from "../../host/mod.ts";

/** The error for something that failed while a store was written; a full disk has one of its own. */
export function storeFailure(root: string, error: unknown): unknown {
  if (error instanceof SnapvmError || !isDiskFull(error)) return error;
  return new SnapvmError("disk-full", `Cannot write to the store ${root}: its disk is full`, {
    data: { path: root },
    cause: error,
  });
}
