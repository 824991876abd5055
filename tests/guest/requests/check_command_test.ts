import assert from "node:assert/strict";
import { hasCode } from "../../../lib/error/mod.ts";
import { checkCommand } from "../../../lib/guest/mod.ts";

Deno.test("checkCommand() refuses what no process can be given", () => {
  const rows = [
    [{ arguments: [] }, /no program/],
    [{ arguments: ["a\0b"] }, /NUL/],
    [{ arguments: ["a"], environment: { "a=b": "" } }, /not a name/],
    [{ arguments: ["a"], environment: { "": "" } }, /not a name/],
    [{ arguments: ["a"], environment: { a: "\0" } }, /NUL/],
    [{ arguments: ["a"], folder: "\0" }, /NUL/],
    [{ arguments: ["a"], user: "\0" }, /NUL/],
  ] as const;
  for (const [command, message] of rows) {
    assert.throws(
      () => checkCommand(command),
      (error) => hasCode(error, "invalid-command") && message.test(error.message),
    );
  }
  checkCommand({ arguments: ["a", ""], environment: { _A1: "a\nb" }, folder: "/", user: "x:y" });
  checkCommand({ login: true });
});
