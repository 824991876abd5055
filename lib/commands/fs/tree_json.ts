import type { OutputBuffer } from "../output_buffer.ts";
import { type EntryType, typeOf } from "./entry.ts";
import type { TreeEntry } from "./sorted_tree.ts";

/** Writes a tree as nested objects, one on a line, each as soon as it is known. */
export class TreeJson {
  readonly #output: OutputBuffer;
  /** Whether something is in each `contents` that is open. */
  readonly #filled: boolean[] = [];

  /** Begins with the object of the start. */
  constructor(output: OutputBuffer, name: string, type: EntryType) {
    this.#output = output;
    this.#begin({ name, type }, type === "directory");
  }

  /** Writes the next entry. */
  add({ entry, depth, isEntered, error, target }: TreeEntry): void {
    this.#closeTo(depth + 1);
    this.#output.write(`${this.#filled[depth] ? "," : ""}\n${"  ".repeat(depth + 1)}`);
    this.#filled[depth] = true;
    const { name, info } = entry;
    const nameBytes = name.includes("\ufffd") ? entry.nameBytes.toBase64() : undefined;
    this.#begin(
      error !== undefined || info === undefined ? { name, nameBytes, error: error?.message } : {
        name,
        nameBytes,
        type: typeOf(info),
        target,
      },
      isEntered,
    );
  }

  /** Closes all objects that are open. */
  end(): void {
    this.#closeTo(0);
    this.#output.write("\n");
  }

  #begin(object: object, hasContents: boolean): void {
    const text = JSON.stringify(object);
    this.#output.write(hasContents ? `${text.slice(0, -1)},"contents":[` : text);
    if (hasContents) this.#filled.push(false);
  }

  #closeTo(depth: number): void {
    while (this.#filled.length > depth) {
      const isFilled = this.#filled.pop();
      this.#output.write(isFilled ? `\n${"  ".repeat(this.#filled.length)}]}` : "]}");
    }
  }
}
