import assert from "node:assert/strict";
import { CommandFailure, reportError } from "../../lib/ui/mod.ts";

Deno.test("reportError() says what failed, why, and what to do next", () => {
  const cause = new Error("permission denied");
  const error = new Error("Cannot open the image", { cause });
  const advise = () => "Run it as the owner.";
  assert.deepEqual(reportError(error, { debug: false, advise }), {
    text:
      "error: Cannot open the image\n  because: permission denied\nhint: Run it as the owner.\n",
    status: 1,
  });
});

Deno.test("reportError() does not repeat a cause that the message holds", () => {
  const error = new Error("Cannot open x: gone", { cause: new Error("gone") });
  assert.equal(reportError(error, { debug: false }).text, "error: Cannot open x: gone\n");
});

Deno.test("reportError() gives the words of a system error, and does not repeat what the message says", () => {
  const full = new Error("No space left on device (os error 28): open '/x'");
  const missing = new Deno.errors.NotFound("No such file or directory (os error 2): stat '/x'");
  const rows: [Error, string][] = [
    [full, "error: No space left on device: open '/x'\n"],
    [
      new Error("Cannot write /y", { cause: full }),
      "error: Cannot write /y\n  because: No space left on device: open '/x'\n",
    ],
    [
      new Error("Cannot write /y: No space left on device", { cause: full }),
      "error: Cannot write /y: No space left on device\n",
    ],
    [
      new Error("Cannot find /x: it is not there", { cause: missing }),
      "error: Cannot find /x: it is not there\n",
    ],
  ];
  for (const [error, text] of rows) {
    assert.equal(reportError(error, { debug: false }).text, text);
  }
});

Deno.test("reportError() takes the status of a CommandFailure, and prints nothing for an empty one", () => {
  assert.deepEqual(reportError(new CommandFailure("", { status: 42 }), { debug: false }), {
    text: "",
    status: 42,
  });
});

Deno.test("reportError() shows control characters as text", () => {
  const { text } = reportError(new Error("bad name \x1b[2J\u009b"), { debug: false });
  assert.equal(text, "error: bad name \\x1b[2J\\x9b\n");
  const { text: stack } = reportError(new Error("bad \x1b[2J"), { debug: true });
  assert.match(stack, /\nError: bad \\x1b\[2J\n +at /);
});

Deno.test("reportError() lets no name in a message look like a cause or a hint", () => {
  const error = new Error("Cannot find it:\n  a\nhint: b", {
    cause: new Error("c\n \u200bbecause: d"),
  });
  assert.equal(
    reportError(error, { debug: false, advise: () => "e\nf" }).text,
    "error: Cannot find it:\n  a\\x0ahint: b\n  because: c\\x0a \u200bbecause: d\nhint: e\nf\n",
  );
});

Deno.test("reportError() calls a TypeError a mistake in snapvm, with its stack", () => {
  const { text } = reportError(new TypeError("x is undefined"), { debug: false });
  assert.match(text, /mistake in snapvm/);
  assert.match(text, /report_error_test\.ts/);
});

Deno.test("reportError() ends on causes that form a circle", () => {
  const error = new Error("first");
  error.cause = new Error("second", { cause: error });
  assert.ok(reportError(error, { debug: true }).text.includes("second"));
});
