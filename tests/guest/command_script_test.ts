import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { commandScript } from "../../lib/guest/command_script.ts";
import type { GuestCommand } from "../../lib/guest/guest_command.ts";
import { HOST_SCRIPT } from "../../lib/guest/host_script.ts";
import { inputFrames } from "../../lib/guest/input_frames.ts";
import { untilEndMark } from "../../lib/guest/until_end_mark.ts";

/** The shells that guests have as `/bin/sh`. */
const SHELLS: readonly (readonly string[])[] = Deno.build.os === "linux"
  ? [["dash"], ["bash", "--posix"], ["busybox", "sh"]]
  : [["sh"], ["bash", "--posix"]];

const MARK = ["0123", "4567"] as const;

interface Outcome {
  readonly status: number | undefined;
  readonly stdout: Uint8Array;
  readonly stderr: string;
  readonly control: string;
}

/**
 * Runs the script as the guest does, with FIFOs in place of the ports. Without an input the port stays open and
 * nothing comes from it.
 */
async function run(
  shell: readonly string[],
  command: GuestCommand,
  input: string | undefined = "",
): Promise<Outcome> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(folder, "script"), HOST_SCRIPT + commandScript(command, MARK));
    const made = await new Deno.Command("mkfifo", {
      args: ["control", "stdin", "stdout", "stderr"],
      cwd: folder,
    }).output();
    assert.equal(made.code, 0);
    const child = new Deno.Command("sh", {
      args: [
        "-c",
        `exec 3>control 4<stdin 5>stdout 6>stderr 9<>/dev/null; exec ${shell.join(" ")} <script`,
      ],
      cwd: folder,
      stdout: "null",
      stderr: "null",
    }).spawn();
    const control = await Deno.open(join(folder, "control"));
    const stdin = await Deno.open(join(folder, "stdin"), { write: true });
    const stdout = await Deno.open(join(folder, "stdout"));
    const stderr = await Deno.open(join(folder, "stderr"));
    // A file's own stream may hold bytes back until it is closed.
    const port = new WritableStream<Uint8Array<ArrayBuffer>>({
      async write(bytes) {
        let done = 0;
        while (done < bytes.length) done += await stdin.write(bytes.subarray(done));
      },
    });
    const written = input === undefined
      ? Promise.resolve()
      : new Blob([input]).stream().pipeThrough(inputFrames()).pipeTo(port).catch(() => {});
    const marked = [stdout, stderr].map(({ readable }) => untilEndMark(readable, MARK.join("-")));
    const [out, err] = await Promise.all(
      marked.map(({ output }) => new Response(output).bytes()),
    );
    const [status, again] = await Promise.all(marked.map(({ status }) => status));
    assert.equal(again, status);
    await written;
    stdin.close();
    const told = new TextDecoder().decode(await new Response(control.readable).bytes());
    await child.status;
    return { status, stdout: out!, stderr: new TextDecoder().decode(err!), control: told };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function text(outcome: Outcome): string {
  return new TextDecoder().decode(outcome.stdout);
}

const rows: readonly {
  readonly name: string;
  readonly arguments: readonly string[];
  readonly input?: string;
  readonly status?: number;
  readonly stdout?: string;
  readonly stderr?: RegExp;
}[] = [
  { name: "ends with 0", arguments: ["true"] },
  { name: "ends with its status", arguments: ["sh", "-c", "exit 42"], status: 42 },
  { name: "is killed by a signal", arguments: ["sh", "-c", "kill -9 $$"], status: 137 },
  { name: "is interrupted", arguments: ["sh", "-c", "kill -INT $$"], status: 130 },
  { name: "loses its reader", arguments: ["sh", "-c", "kill -PIPE $$"], status: 141 },
  { name: "is not found", arguments: ["no-such-program"], status: 127, stderr: /not found/ },
  {
    name: "is not executable",
    arguments: ["/etc/passwd"],
    status: 126,
    stderr: /ermission denied/,
  },
  {
    name: "writes to both outputs",
    arguments: ["sh", "-c", "echo out; echo err >&2; echo out"],
    stdout: "out\nout\n",
    stderr: /^err\n$/,
  },
  { name: "has an output without a line feed", arguments: ["printf", "x"], stdout: "x" },
  { name: "reads its input", arguments: ["cat"], input: "one\ntwo", stdout: "one\ntwo" },
  {
    name: "reads much input",
    arguments: ["wc", "-c"],
    input: "x".repeat(1_000_000),
    stdout: "1000000\n",
  },
  {
    name: "reads a part of its input",
    arguments: ["head", "-n", "1"],
    input: "line\n".repeat(100_000),
    stdout: "line\n",
  },
  {
    name: "leaves a process behind that keeps its outputs",
    arguments: ["sh", "-c", "sleep 2 & echo started"],
    stdout: "started\n",
  },
  {
    name: "leaves its outputs full and non-blocking",
    arguments: [
      "perl",
      "-MFcntl",
      "-e",
      "fcntl(STDOUT, F_SETFL, O_NONBLOCK); 1 while syswrite(STDOUT, 'x' x 4096); exit 3",
    ],
    status: 3,
    stderr: /^$/,
  },
  {
    name: "has nothing of the script's descriptors",
    arguments: ["sh", "-c", "for n in 3 4 5 6 7 8 9; do [ -e /dev/fd/$n ] && echo $n; done; :"],
    stdout: "",
  },
  {
    name: "sees its environment",
    arguments: ["sh", "-c", "echo $HOME $USER $LOGNAME $TERM $PATH"],
    stdout: "/root root root dumb /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n",
  },
];

for (const shell of SHELLS) {
  for (const { name, arguments: words, input, status = 0, stdout, stderr } of rows) {
    Deno.test(`commandScript() under ${shell[0]}: a command that ${name}`, async () => {
      const outcome = await run(shell, { arguments: words }, input);
      assert.equal(outcome.status, status);
      assert.equal(outcome.control, "command\n");
      if (stdout !== undefined) assert.equal(text(outcome), stdout);
      assert.match(outcome.stderr, stderr ?? /^$/);
    });
  }

  Deno.test(`commandScript() under ${shell[0]}: a command that does not read an open input`, async () => {
    assert.equal((await run(shell, { arguments: ["true"] }, undefined)).status, 0);
  });

  Deno.test(`commandScript() under ${shell[0]} hands on arguments and variables exactly`, async () => {
    const word = fc.string({ unit: "grapheme", maxLength: 20 }).map((s) => s.replaceAll("\0", ""));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(word, fc.constantFrom("", "--", "-n", "'", "\n", "$(id)", "\\", "a\n")), {
          maxLength: 8,
        }),
        word,
        async (words, value) => {
          const outcome = await run(shell, {
            arguments: ["sh", "-c", `printf '%s\\0' "$variable" "$@"`, "name", ...words],
            environment: { variable: value },
          });
          assert.deepEqual(text(outcome).split("\0"), [value, ...words, ""]);
        },
      ),
      { numRuns: 15, examples: [[["ü", "日本", "it's", '"', "a  b"], "x\ny"]] },
    );
  });

  Deno.test(`commandScript() under ${shell[0]} keeps 8 MiB of any bytes as they are`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      const path = join(folder, "bytes");
      const expected = new Uint8Array(8 << 20);
      for (let offset = 0; offset < expected.length; offset += 65536) {
        crypto.getRandomValues(expected.subarray(offset, offset + 65536));
      }
      await Deno.writeFile(path, expected);
      const outcome = await run(shell, { arguments: ["cat", path] });
      assert.equal(outcome.status, 0);
      assert.ok(expected.every((byte, i) => byte === outcome.stdout[i]));
      assert.equal(outcome.stdout.length, expected.length);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("commandScript() does not have its end mark in its own text", () => {
  const script = commandScript({ arguments: ["true"] }, MARK);
  assert.ok(!script.includes(MARK.join("-")));
});
