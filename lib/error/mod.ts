/**
 * How everything in snapvm fails: one error, told apart by its code.
 *
 * @module
 */
export type { ErrorCode, ErrorData, NoData, PlatformImage } from "./error_data.ts";
export { reasonOf } from "./reason_of.ts";
export { hasCode, SnapvmError } from "./snapvm_error.ts";
export type { SnapvmErrorOptions } from "./snapvm_error.ts";
