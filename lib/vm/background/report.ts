import type { ErrorCode } from "../../error/mod.ts";
import { SnapvmError } from "../../error/mod.ts";
import { isObject } from "../../machines/mod.ts";

/** What a supervisor tells the command that has started it, a line of JSON each. */
export type Report =
  /** It runs, and waits to be told which machine is its own. */
  | { readonly kind: "waiting" }
  /** It owns the machine's folder. */
  | { readonly kind: "owner" }
  /** The start has come so far. */
  | { readonly kind: "stage"; readonly stage: "clone" }
  /** What a user may want to know although nothing failed. */
  | { readonly kind: "notice"; readonly notice: string }
  /** The hypervisor runs. Nothing more is told. */
  | { readonly kind: "started" }
  /** The start failed, and nothing of it is left. */
  | {
    readonly kind: "failed";
    readonly message: string;
    readonly code?: ErrorCode;
    readonly data?: unknown;
  };

/** Puts an error into a report. */
export function failedReport(error: unknown): Report {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof SnapvmError)) return { kind: "failed", message };
  return { kind: "failed", message, code: error.code, data: error.data };
}

/** The error that was put into a report. It comes from this same program. */
export function reportedError(
  { message, code, data }: Extract<Report, { readonly kind: "failed" }>,
): Error {
  if (code === undefined) return new Error(message);
  return new SnapvmError(code, message, { data: data as SnapvmError["data"] });
}

/** Reads a report; `undefined` if it is none. */
export function parseReport(line: string): Report | undefined {
  try {
    const value = JSON.parse(line);
    return isObject(value) && typeof value.kind === "string" ? value as Report : undefined;
  } catch {
    return undefined;
  }
}
