import assert from "node:assert/strict";
import { LiveLines } from "../../lib/ui/mod.ts";

/** A screen of some columns, as a terminal shows it that breaks long lines when it becomes narrower. */
class Screen {
  readonly rows: string[] = [""];
  #row = 0;

  readonly target = {
    isTerminal: () => true,
    writeSync: (data: Uint8Array) => {
      this.#write(new TextDecoder().decode(data));
      return data.length;
    },
  };

  /** Makes the screen narrower. */
  reflow(columns: number): void {
    const rows = this.rows.flatMap((row) => {
      const parts = row.match(new RegExp(`.{1,${columns}}`, "g"));
      return parts ?? [""];
    });
    this.rows.splice(0, Infinity, ...rows);
    this.#row = this.rows.length - 1;
  }

  #write(text: string): void {
    // deno-lint-ignore no-control-regex
    for (const [part] of text.matchAll(/\x1b\[(\d*)([AKJ])|\r|\n|[^\x1b\r\n]+/g)) {
      if (part === "\r") continue;
      if (part === "\n") {
        this.#row++;
        this.rows[this.#row] ??= "";
      } else if (part.endsWith("A") && part.startsWith("\x1b")) {
        this.#row -= Number(part.slice(2, -1));
      } else if (part === "\x1b[K") {
        // The line was written from its start.
      } else if (part === "\x1b[J") {
        this.rows.length = this.#row + 1;
        this.rows[this.#row] = "";
      } else {
        this.rows[this.#row] = part;
      }
    }
  }
}

Deno.test("LiveLines draws over what it drew before, and takes it all away", () => {
  const screen = new Screen();
  screen.target.writeSync(new TextEncoder().encode("$ snapvm\n"));
  let lines = ["one", "two", "three"];
  using live = new LiveLines(() => lines, {
    target: screen.target,
    size: () => ({ columns: 20, rows: 10 }),
  });
  live.draw();
  assert.deepEqual(screen.rows, ["$ snapvm", "one", "two", "three", ""]);
  lines = ["four"];
  live.draw();
  assert.deepEqual(screen.rows, ["$ snapvm", "four", ""]);
  lines = ["five", "six"];
  live.draw();
  assert.deepEqual(screen.rows, ["$ snapvm", "five", "six", ""]);
  live.clear();
  assert.deepEqual(screen.rows, ["$ snapvm", ""]);
});

Deno.test("LiveLines stays within the terminal, also when it becomes narrower", () => {
  const screen = new Screen();
  screen.target.writeSync(new TextEncoder().encode("$ snapvm\n"));
  let size = { columns: 21, rows: 4 };
  using live = new LiveLines(
    (columns) => ["a", "b", "c", "d", "e"].map((letter) => letter.repeat(columns)),
    { target: screen.target, size: () => size },
  );
  live.draw();
  assert.deepEqual(screen.rows, [
    "$ snapvm",
    ...["a", "b", "c"].map((letter) => letter.repeat(20)),
    "",
  ]);
  size = { columns: 10, rows: 9 };
  screen.reflow(10);
  live.draw();
  assert.deepEqual(screen.rows, [
    "$ snapvm",
    ...["a", "b", "c", "d", "e"].map((letter) => letter.repeat(9)),
    "",
  ]);
});

Deno.test("LiveLines goes on when the terminal has gone, and writes each picture at once", () => {
  let writes = 0;
  const target = {
    isTerminal: () => true,
    writeSync: (): number => {
      writes++;
      throw new Deno.errors.BrokenPipe("gone");
    },
  };
  using live = new LiveLines(() => ["a", "b"], {
    target,
    size: () => ({ columns: 80, rows: 24 }),
  });
  live.draw();
  live.draw();
  assert.equal(writes, 2);
});
