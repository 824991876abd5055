import type { OutputBuffer } from "../output_buffer.ts";
import { printableName } from "./entry.ts";
import type { TreeEntry } from "./sorted_tree.ts";

/** Draws a tree for a person, as tree(1) does. */
export class TreeDrawing {
  readonly #output: OutputBuffer;
  /** The lines before a name, by its depth. */
  readonly #indents = [""];
  #folders = 0;
  #files = 0;

  /** Begins with the path. */
  constructor(output: OutputBuffer, path: string) {
    this.#output = output;
    output.write(`${printableName(path)}\n`);
  }

  /** Draws the next entry. */
  add({ entry, depth, isLast, isEntered, error, target }: TreeEntry): void {
    const indent = this.#indents[depth]!;
    const name = printableName(entry.name);
    const label = error
      ? `${name} (broken)`.trimStart()
      : target === undefined
      ? name
      : `${name} -> ${printableName(target)}`;
    this.#output.write(`${indent}${isLast ? "└── " : "├── "}${label}\n`);
    if (isEntered) this.#indents[depth + 1] = `${indent}${isLast ? "    " : "│   "}`;
    if (entry.info?.isDirectory) this.#folders++;
    else if (entry.info) this.#files++;
  }

  /** Says how many folders and files there were. */
  end(): void {
    this.#output.write(`\n${count(this.#folders, "folder")}, ${count(this.#files, "file")}\n`);
  }
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}
