import { SnapvmError } from "../../../error/mod.ts";
import type { HttpAnswer } from "./http.ts";
import { readBody } from "./read_body.ts";

/** No error says anything worth showing after this many bytes. */
const MAX_ERROR_SIZE = 64 * 1024;
const MAX_ERRORS = 3;

/**
 * The error for an answer whose status is not that of success: with the codes and the messages of the protocol.
 *
 * Source: the OCI distribution specification, "Error Codes".
 *
 * @param action What could not be done, to what: `read the manifest of …`.
 * @param answer The answer, which is disposed of.
 * @param notes What else there is to say.
 * @returns The error.
 */
export async function registryError(
  action: string,
  answer: HttpAnswer,
  notes: readonly string[] = [],
): Promise<SnapvmError<"registry-error">> {
  await using _ = answer;
  const errors = parseErrors(await readBody(answer, MAX_ERROR_SIZE).catch(() => undefined));
  const { status, url } = answer;
  const details = errors.slice(0, MAX_ERRORS)
    .map(({ code, message }) => [code, message].filter((text) => text !== "").join(": "));
  const reason = [`${url.host} answered with status ${status}`, ...details, ...notes].join("; ");
  return new SnapvmError("registry-error", `Cannot ${action}: ${reason}`, {
    data: {
      registry: url.host,
      status,
      codes: errors.flatMap(({ code }) => code === "" ? [] : [code]),
    },
  });
}

interface ProtocolError {
  readonly code: string;
  readonly message: string;
}

/** The errors of a body; none if it is of another form, such as a proxy's page. */
function parseErrors(bytes: Uint8Array | undefined): ProtocolError[] {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return [];
  }
  const errors = member(value, "errors");
  // Token servers answer in the words of OAuth, or with a sentence alone.
  const list: readonly unknown[] = Array.isArray(errors) ? errors : [value];
  return list.slice(0, 10).map((error) => ({
    code: plain(member(error, "code") ?? member(error, "error"), /^[\w .-]{1,60}$/),
    message: plain(
      member(error, "message") ?? member(error, "error_description") ?? member(error, "details"),
    ),
  })).filter(({ code, message }) => code !== "" || message !== "");
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

/** A text of the registry's for a terminal: short, on one line, without control characters. */
function plain(value: unknown, pattern: RegExp = /./): string {
  if (typeof value !== "string" || !pattern.test(value)) return "";
  const line = value.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").trim();
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}
