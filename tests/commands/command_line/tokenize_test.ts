import assert from "node:assert/strict";
import { parseArgs } from "node:util";
import fc from "fast-check";
import { defineCommand } from "../../../lib/commands/command_line/command.ts";
import { flag, valueOption } from "../../../lib/commands/command_line/option.ts";
import { type Token, tokenize } from "../../../lib/commands/command_line/tokenize.ts";

const text = { placeholder: "text", parse: (value: string) => value };
const command = defineCommand({
  name: "test",
  summary: "",
  description: "",
  operands: [],
  options: {
    long: flag({ brief: "", short: "l" }),
    readOnly: flag({ brief: "" }),
    output: valueOption({ brief: "", short: "o", ...text }),
    consoleLog: valueOption({ brief: "", ...text }),
  },
  load: () => Promise.resolve(() => {}),
});

/** The same as Node's own reading of the same options. */
function expected(words: readonly string[]): Token[] {
  const { tokens } = parseArgs({
    args: [...words],
    options: {
      "long": { type: "boolean", short: "l" },
      "read-only": { type: "boolean" },
      "output": { type: "string", short: "o" },
      "console-log": { type: "string" },
      "help": { type: "boolean", short: "h" },
      "version": { type: "boolean", short: "V" },
    },
    strict: false,
    tokens: true,
  });
  return tokens.flatMap((token): Token[] => {
    if (token.kind === "option-terminator") return [];
    if (token.kind === "positional") return [{ kind: token.kind, value: token.value }];
    const { kind, name, rawName, value } = token;
    return [{ kind, name, rawName, value }];
  });
}

const words = fc.constantFrom(
  ...["--", "-", "", "image", "a=b", "-l", "-ll", "-h", "-V", "-x", "-lx", "-xl", "-é"],
  ...["-o", "-odir", "-o=dir", "-lo", "-lodir", "-o-l", "--long", "--long=yes", "--long="],
  ...["--output", "--output=dir", "--output=", "--output=a=b", "--read-only", "--console-log"],
  ...["--unknown", "--unknown=1", "--help", "--version", "--=", "--=x", "---"],
);

Deno.test("tokenize() takes words apart as node:util's parseArgs() does", () => {
  fc.assert(
    fc.property(fc.array(words, { maxLength: 6 }), (line) => {
      assert.deepEqual(tokenize(command, line), expected(line));
    }),
    { numRuns: 5000 },
  );
});

Deno.test("tokenize() leaves alone what comes after the last operand before a command", () => {
  const exec = { ...command, optionsEndAfter: 1 };
  const positional = (value: string): Token => ({ kind: "positional", value });
  const long: Token = { kind: "option", name: "long", rawName: "-l", value: undefined };
  const rows: readonly [string, readonly Token[]][] = [
    ["-l dev ls -l", [long, ...["dev", "ls", "-l"].map(positional)]],
    ["-l dev -- ls -l --", [long, ...["dev", "ls", "-l", "--"].map(positional)]],
    ["dev -l", ["dev", "-l"].map(positional)],
    ["-- dev -l", ["dev", "-l"].map(positional)],
    ["dev", [positional("dev")]],
  ];
  for (const [line, tokens] of rows) {
    assert.deepEqual(tokenize(exec, line.split(" ")), tokens, line);
  }
});
