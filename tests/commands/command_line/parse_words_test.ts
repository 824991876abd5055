import assert from "node:assert/strict";
import { type Command, isGroup } from "../../../lib/commands/command_line/command.ts";
import { findCommand } from "../../../lib/commands/command_line/find_command.ts";
import { parseWords } from "../../../lib/commands/command_line/parse_words.ts";
import { PROGRAM } from "../../../lib/commands/program.ts";
import { CommandFailure } from "../../../lib/ui/mod.ts";

/** What a command line says: the operands, and the options that it gives. */
async function parse(line: string | readonly string[]) {
  const all = typeof line === "string" ? line.split(" ") : line;
  const { path, target, words } = findCommand(PROGRAM, all);
  assert(!isGroup(target));
  const parsed = await parseWords(target, path, words);
  if (typeof parsed === "string") return parsed;
  const given = Object.entries(parsed.options).filter(([name, value]) =>
    value !== undefined && !isDefault(target, name, value)
  );
  return { ...Object.fromEntries(given), operands: parsed.operands };
}

const DEFAULTS: Readonly<Record<string, unknown>> = {
  memory: 2 * 2 ** 30,
  cpus: Math.min(navigator.hardwareConcurrency, 4),
};

function isDefault({ name: command }: Command, name: string, value: unknown): boolean {
  return command === "run" && (value === DEFAULTS[name] || JSON.stringify(value) === "[]");
}

Deno.test("parseWords() reads options before and after operands, in all their spellings", async (t) => {
  const rows: Record<string, unknown> = {
    "images": { operands: [] },
    "images --json": { json: true, operands: [] },
    "images --json --json": { json: true, operands: [] },
    "fs ls -lR demo:/": { long: true, recursive: true, operands: ["demo:/"] },
    "fs ls demo:/ -l --json": { long: true, json: true, operands: ["demo:/"] },
    "fs tree -L2 demo": { level: 2, operands: ["demo"] },
    "fs tree -L 2 demo": { level: 2, operands: ["demo"] },
    "fs tree --level=2 demo": { level: 2, operands: ["demo"] },
    "fs tree demo --level 1 --level 2": { level: 2, operands: ["demo"] },
    "fs cat a:/b c:/d": { operands: ["a:/b", "c:/d"] },
    "kernel demo -oDIR": { output: "DIR", operands: ["demo"] },
    "kernel demo --output=DIR": { output: "DIR", operands: ["demo"] },
    "kernel -o DIR -- --help": { output: "DIR", operands: ["--help"] },
    "inspect --store --json demo": { store: "--json", operands: ["demo"] },
    "inspect --store= demo": { store: "", operands: ["demo"] },
    "inspect demo --platform linux/amd64": {
      platform: { os: "linux", architecture: "amd64" },
      operands: ["demo"],
    },
    "run --memory 1G --cpus=7 --timeout 5m demo": {
      memory: 2 ** 30,
      cpus: 7,
      timeout: 300_000,
      operands: ["demo"],
    },
    "run --karg a --karg=--b --karg -c demo": { karg: ["a", "--b", "-c"], operands: ["demo"] },
    "run --read-only --console-log log --timing-json file demo": {
      readOnly: true,
      consoleLog: "log",
      timingJson: "file",
      operands: ["demo"],
    },
    "run --backend qemu --accel tcg demo": { backend: "qemu", accel: "tcg", operands: ["demo"] },
    "run demo -- ls --help -V": { operands: ["demo", "ls", "--help", "-V"] },
    "run demo -- -- --": { operands: ["demo", "--", "--"] },
    "run demo ls": { operands: ["demo", "ls"] },
    "run -- demo ls": { operands: ["demo", "ls"] },
    "run -": { operands: ["-"] },
    "run demo --help -- x": "help",
    "run -h": "help",
    "run --cpus 0 --help": "help",
    "fs ls -lh": "help",
    "images --version": "version",
    "images -V": "version",
  };
  for (const [line, expected] of Object.entries(rows)) {
    await t.step(line, async () => assert.deepEqual(await parse(line), expected));
  }
  await t.step("empty words", async () => {
    assert.deepEqual(await parse(["run", "", "--", "echo", ""]), { operands: ["", "echo", ""] });
  });
});

Deno.test("parseWords() says what is wrong, and where to read more", async (t) => {
  const rows: Record<string, string> = {
    "run": "missing required argument 'IMAGE'",
    "fs cp demo:/": "missing required argument 'DEST'",
    "fs cat": "missing required argument 'IMAGE:/PATH'",
    "images x": "too many arguments for 'images'. Expected 0 arguments but got 1: x.",
    "inspect a b": "too many arguments for 'inspect'. Expected 1 argument but got 2: a, b.",
    "images --bogus": "unknown option '--bogus'",
    "images --bogus=3": "unknown option '--bogus'",
    "images --jso": "unknown option '--jso'\n(Did you mean --json?)",
    "run --timeotu 5 demo": "unknown option '--timeotu'\n(Did you mean --timeout?)",
    "run demo --no-writable": "unknown option '--no-writable'\n(Did you mean --writable?)",
    "run demo --readOnly": "unknown option '--readOnly'\n(Did you mean --read-only?)",
    "run demo ls -l": "unknown option '-l'",
    "run -5 demo": "unknown option '-5'",
    "fs ls -lX demo": "unknown option '-X'",
    "images --json=no": "option '--json' takes no argument",
    "images --help=x": "option '--help' takes no argument",
    "images --store": "option '--store <dir>' argument missing",
    "kernel demo -o": "option '-o, --output <dir>' argument missing",
    "kernel demo": "required option '-o, --output <dir>' not specified",
    "run --cpus 0 demo":
      "option '--cpus <number>' argument '0' is invalid. It is a whole number, 1 or more.",
    "run --memory=much demo": "option '--memory <size>' argument 'much' is invalid. " +
      "A size is 512M, 4G, or a bare number of MiB, and not 0.",
    "run --timeout never demo": "option '--timeout <time>' argument 'never' is invalid. " +
      "A duration is 90s, 5m, 1h, or a bare number of seconds.",
    "run --backend nope demo":
      "option '--backend <name>' argument 'nope' is invalid. Allowed choices are qemu, vz.",
    "run --writable demo --read-only":
      "option '--read-only' cannot be used with option '--writable'",
    "completions tcsh":
      "argument 'tcsh' is invalid for 'SHELL'. Allowed choices are bash, zsh, fish.",
  };
  for (const [line, message] of Object.entries(rows)) {
    await t.step(line, async () => {
      const name = /^(?:fs )?\w+/.exec(line)![0];
      await assert.rejects(parse(line), (error) => {
        assert(error instanceof CommandFailure);
        assert.deepEqual(
          { message: error.message, status: error.status },
          { message: `${message}\n(snapvm ${name} --help tells more)`, status: 2 },
        );
        return true;
      });
    });
  }
});
