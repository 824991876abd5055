/** The styles that snapvm uses. */
export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

/** The parameters of "select graphic rendition" that begin and end each style. */
const CODES: Readonly<Record<Style, readonly [begin: number, end: number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};

/** A stream that may show decoration. */
export interface PaintTarget {
  /** Whether it is a terminal. */
  isTerminal(): boolean;
}

/** Gives a text a style, if the target shows decoration. */
export function paint(text: string, style: Style, target: PaintTarget = Deno.stderr): string {
  if (!isDecorated(target)) return text;
  // Not node:util's styleText: to load that takes longer than all the rest of `snapvm --version`.
  const [begin, end] = CODES[style];
  return `\x1b[${begin}m${text}\x1b[${end}m`;
}

/** Whether a target shows decoration: it is a terminal, `NO_COLOR` is not set, and `TERM` is not `dumb`. */
export function isDecorated(target: PaintTarget = Deno.stderr): boolean {
  return target.isTerminal() && !Deno.env.get("NO_COLOR") && Deno.env.get("TERM") !== "dumb";
}
