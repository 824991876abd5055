import assert from "node:assert/strict";
import { checkRows } from "./support/check_rows.ts";
import { demo } from "./support/demo.ts";
import { runImage, startImage } from "./support/run_image.ts";
import { fingerprint, snapshotOf } from "./support/snapshot.ts";
import { test } from "./support/test.ts";

/** More than any pipe on the way takes. */
const UNREAD = new Uint8Array(2 ** 22);

// That of 0 and of 1 is what two machines end with below.
test("the exit status of snapvm run is the command's, whose input nobody has to read or end", async ({ backend, t }) => {
  const rows = [
    { name: "any other", command: ["sh", "-c", "exit 255"], status: 255, stderr: /^$/ },
    { name: "126: not a program", command: ["/etc"], status: 126, stderr: /^\S+.*\/etc: .+\n$/ },
    { name: "127: not there", command: ["no-such"], status: 127, stderr: /^\S+.*no-such: .+\n$/ },
    {
      name: "128 + n: ended by a signal",
      command: ["sh", "-c", "kill -SEGV $$"],
      status: 139,
      stderr: /^$/,
    },
  ];
  await checkRows(t, rows, async ({ command, status, stderr }) => {
    await using snapvm = await startImage(backend, demo, { command });
    void snapvm.write(UNREAD).catch(() => {});
    const result = await snapvm.result();
    assert.deepEqual({ ...result, stderr: "" }, {
      status,
      stdout: "",
      stderr: "",
      leftBehind: [],
    });
    assert.match(result.stderr, stderr);
  });
});

test("an input that cannot be read is at its end", async ({ backend }) => {
  const result = await runImage(backend, demo, { command: ["cat"], stdinPath: "/" });
  assert.deepEqual(result, { status: 0, stdout: "", stderr: "", leftBehind: [] });
});

test("a console log that cannot be written any more ends snapvm run", async ({ backend }) => {
  const run = { options: ["--console-log", "/dev/full"], command: ["sleep", "1000"] };
  const { stderr, ...result } = await runImage(backend, demo, run);
  assert.match(
    stderr,
    /^error: Cannot write the console log \/dev\/full: No space left on device\n/,
  );
  assert.deepEqual(result, { status: 1, stdout: "", leftBehind: [] });
});

test("snapvm run gives a command a terminal, variables, a folder and a user", async ({ backend }) => {
  const script = 'stty size && echo "$A|$B|$PWD|$(id -u)"; exit 3';
  const result = await runImage(backend, demo, {
    options: ["-it", "-e", "A=b c", "--env", "B", "-w", "/usr", "-u", "65534:65534"],
    command: ["sh", "-c", script],
    env: { B: "here" },
  });
  assert.deepEqual(result, {
    status: 3,
    stdout: "24 80\r\nb c|here|/usr|65534\r\n",
    stderr: "",
    leftBehind: [],
  });
});

test("two machines of one image do not see what the other writes, and each ends with its command's status", async ({ backend }) => {
  const snapshot = await snapshotOf(demo);
  const before = await fingerprint(snapshot);
  const script =
    "read -r line; echo $line >>/etc/motd; sync; echo written; read -r _; tail -n 1 /etc/motd";
  const command = ["sh", "-c", script];
  await using first = await startImage(backend, demo, { command });
  await using second = await startImage(backend, demo, {
    command: ["sh", "-c", `${script}; exit 1`],
  });
  await first.write("the first\n");
  await second.write("the second\n");
  await Promise.all([first.stdout.until("written\n"), second.stdout.until("written\n")]);
  for (const machine of [first, second]) {
    await machine.write("\n");
    void machine.write(UNREAD).catch(() => {});
  }
  const expected = { stderr: "", leftBehind: [] };
  assert.deepEqual(await first.result(), {
    ...expected,
    status: 0,
    stdout: "written\nthe first\n",
  });
  assert.deepEqual(await second.result(), {
    ...expected,
    status: 1,
    stdout: "written\nthe second\n",
  });
  assert.deepEqual(await fingerprint(snapshot), before);
});

test("snapvm run ends as other programs do when the reader of its output goes away", async ({ backend }) => {
  await using snapvm = await startImage(backend, demo, { command: ["yes"] });
  await snapvm.stdout.until("y\n");
  await snapvm.stdout.cancel();
  const { status, stderr, leftBehind } = await snapvm.result();
  assert.deepEqual({ status, stderr, leftBehind }, { status: 141, stderr: "", leftBehind: [] });
});
