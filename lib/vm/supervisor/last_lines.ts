import stripAnsi from "strip-ansi";

const MAX_LINES = 15;
/** What a panicking kernel says first. The lines before it say more than the trace after it. */
const PANIC = "Kernel panic - not syncing";
const LINES_BEFORE_PANIC = 10;

/**
 * The last lines of a console, or those around a panic, without escape sequences and empty lines.
 *
 * @param bytes The end of the console.
 * @returns The lines; empty if there are none.
 */
export function lastLines(bytes: Uint8Array): string {
  const lines = stripAnsi(new TextDecoder().decode(bytes)).split(/[\r\n]+/)
    // deno-lint-ignore no-control-regex -- nothing that a terminal acts on is let through
    .map((line) => line.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, ""))
    .filter((line) => line.trim() !== "");
  const panic = lines.findLastIndex((line) => line.includes(PANIC));
  const first = panic < 0 ? lines.length - MAX_LINES : panic - LINES_BEFORE_PANIC;
  return lines.slice(Math.max(0, first)).slice(0, MAX_LINES).join("\n");
}
