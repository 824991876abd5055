import { paint, type PaintTarget } from "./paint.ts";
import { printable } from "./printable.ts";

/** A column of a table. */
export interface Column {
  /** Its heading. */
  readonly heading: string;
  /** Whether its cells are aligned to the right, as numbers are. */
  readonly alignRight?: boolean;
}

/**
 * Formats rows as a table for people: columns as wide as their widest cell on a terminal, with two spaces between them
 * and no space at the end of a line. Control characters are shown as text.
 */
export async function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  target: PaintTarget = Deno.stdout,
): Promise<string> {
  const shown = rows.map((cells) => cells.map(printable));
  const stringWidth = await widthOf(shown);
  const widths = columns.map((column, index) =>
    Math.max(stringWidth(column.heading), ...shown.map((row) => stringWidth(row[index] ?? "")))
  );
  const line = (cells: readonly string[]) =>
    cells.map((cell, index) => {
      const fill = " ".repeat(Math.max(0, (widths[index] ?? 0) - stringWidth(cell)));
      return columns[index]?.alignRight ? fill + cell : cell + fill;
    }).join("  ").trimEnd();
  const heading = paint(line(columns.map((column) => column.heading)), "bold", target);
  return [heading, ...shown.map(line)].join("\n") + "\n";
}

/** What tells how wide a cell is. Most tables have nothing but ASCII, and need none of what npm brings with it. */
async function widthOf(rows: readonly (readonly string[])[]): Promise<(cell: string) => number> {
  if (rows.flat().every((cell) => /^[ -~]*$/.test(cell))) return (cell) => cell.length;
  const { default: stringWidth } = await import("string-width");
  return stringWidth;
}
