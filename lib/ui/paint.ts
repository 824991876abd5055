import { styleText } from "node:util";

/** The styles that snapvm uses. */
export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

/** A stream that may show decoration. */
export interface PaintTarget {
  /** Whether it is a terminal. */
  isTerminal(): boolean;
}

/** Gives a text a style, if the target shows decoration. */
export function paint(text: string, style: Style, target: PaintTarget = Deno.stderr): string {
  return isDecorated(target) ? styleText(style, text, { validateStream: false }) : text;
}

/** Whether a target shows decoration: it is a terminal, `NO_COLOR` is not set, and `TERM` is not `dumb`. */
export function isDecorated(target: PaintTarget = Deno.stderr): boolean {
  return target.isTerminal() && !Deno.env.get("NO_COLOR") && Deno.env.get("TERM") !== "dumb";
}
