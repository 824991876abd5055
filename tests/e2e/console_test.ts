import assert from "node:assert/strict";
import { checkRows } from "./support/check_rows.ts";
import { demo } from "./support/demo.ts";
import { startImage } from "./support/run_image.ts";
import { MODES_RESTORED, type Snapvm } from "./support/snapvm.ts";
import { test } from "./support/test.ts";

const PROMPT = "demo:/root# ";

test("snapvm run without a command gives the guest's console to the terminal", async ({ backend, t }) => {
  const rows = [
    {
      name: "Ctrl-C is the guest's, Ctrl-] q ends the machine",
      command: [],
      async use(terminal: Snapvm) {
        await terminal.stdout.until(PROMPT);
        await terminal.write("PS1='nex''t> '; sh -c 'echo started; exec sleep 1000'\r");
        await terminal.stdout.until("\nstarted\r");
        await terminal.write("\x03");
        // What is typed before this comes is thrown away with the rest of the line.
        await terminal.stdout.until("next> ");
        await terminal.write("echo answer $((6 * 7))\r");
        await terminal.stdout.until("\nanswer 42\r");
        await terminal.write("\x1dq");
        await terminal.stdout.until("\r\nEnded by Ctrl-] q.\r\n");
      },
      status: 0,
    },
    {
      name: "the guest's poweroff ends it",
      command: [],
      async use(terminal: Snapvm) {
        await terminal.stdout.until(PROMPT);
        await terminal.write("poweroff\r");
      },
      status: 0,
    },
    {
      name: "Ctrl-C ends a command",
      command: ["sh", "-c", "echo up; sleep 1000"],
      async use(terminal: Snapvm) {
        await terminal.stdout.until("up\r\n");
        await terminal.write("\x03");
      },
      status: 130,
    },
  ];
  await checkRows(t, rows, async ({ command, use, status }) => {
    await using terminal = await startImage(backend, demo, { command, terminal: true });
    await use(terminal);
    const result = await terminal.result();
    assert.ok(result.stdout.endsWith(MODES_RESTORED), result.stdout);
    assert.deepEqual({ ...result, stdout: "" }, {
      status,
      stdout: "",
      stderr: "",
      leftBehind: [],
    });
  });
});

test("snapvm run without a command takes the console's input from a pipe", async ({ backend, t }) => {
  const rows = [
    {
      name: "until the guest powers itself off, whether the pipe has ended or not",
      input: "poweroff\n",
      status: 0,
      stderr: /^$/,
    },
    {
      name: "or its kernel panics",
      input: "echo c >/proc/sysrq-trigger\n",
      status: 1,
      stderr: /^error: The guest's kernel panicked while running\n/,
    },
  ];
  await checkRows(t, rows, async ({ input, status, stderr }) => {
    await using snapvm = await startImage(backend, demo);
    await snapvm.stdout.until(PROMPT);
    await snapvm.write("echo answer $((6 * 7))\n");
    await snapvm.stdout.until("\r\nanswer 42\r\n");
    await snapvm.write(input);
    await snapvm.closeStdin();
    const result = await snapvm.result();
    assert.match(result.stderr, stderr);
    assert.deepEqual(
      { status: result.status, leftBehind: result.leftBehind },
      { status, leftBehind: [] },
    );
  });
});
