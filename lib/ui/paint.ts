import { styleText } from "node:util";

/** The few styles that snapvm uses. */
export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

/** A stream that decoration may go to. */
export interface PaintTarget {
  /** Whether it is a terminal. */
  isTerminal(): boolean;
}

/**
 * `text` in a style, where the target is a terminal that shows styles: not with `NO_COLOR` set, not with `TERM=dumb`,
 * not into a pipe or a file.
 */
export function paint(text: string, style: Style, target: PaintTarget = Deno.stderr): string {
  return isDecorated(target) ? styleText(style, text, { validateStream: false }) : text;
}

/** Whether decoration (colour, a progress line) is wanted on `target`. */
export function isDecorated(target: PaintTarget = Deno.stderr): boolean {
  return target.isTerminal() && !Deno.env.get("NO_COLOR") && Deno.env.get("TERM") !== "dumb";
}
