import assert from "node:assert/strict";
import { demo } from "./support/demo.ts";
import { endProcesses } from "./support/end_processes.ts";
import { namesIn, runSnapvm, Snapvm, type SnapvmResult } from "./support/snapvm.ts";
import { test } from "./support/test.ts";
import { waitUntil } from "./support/wait_until.ts";

const PROMPT = "demo:/root# ";

test("a machine in the background is listed, watched, stopped, started and removed", async ({ backend }) => {
  await using home = await makeHome();
  const options = { image: demo, home: home.path, env: backend.env };
  const snapvm = (...words: string[]) => runSnapvm(words, options);
  const start = (...words: string[]) => Snapvm.start(words, { ...options, terminal: true });
  const run = ["run", "-d", "--name", "dev", "--backend", backend.name];
  run.push("--cpus", "1", "--memory", "256M");
  try {
    const started = await snapvm(...run, "-p", "0:80", demo.reference);
    assert.deepEqual(outcome(started), { status: 0, stdout: "dev\n", stderr: "" });
    assert.match(
      said(await snapvm(...run, demo.reference), 125),
      /^error: Cannot name a machine dev: there is one with that name\n/,
    );

    // Who watches from the beginning sees what happens.
    await using watcher = await start("console", "dev");
    await watcher.stdout.until(PROMPT);
    const waited = await snapvm("wait", "dev", "--for", "ready");
    assert.deepEqual({ ...outcome(waited), stderr: "" }, { status: 0, stdout: "", stderr: "" });

    const [machine] = JSON.parse((await snapvm("ps", "--json")).stdout);
    assert.deepEqual(Object.keys(machine), KEYS);
    assert.deepEqual(
      { ...pick(machine, "name", "state", "stage", "ready", "kept", "memory", "backend", "end") },
      {
        name: "dev",
        state: "running",
        stage: "ready",
        ready: true,
        kept: true,
        memory: 2 ** 28,
        backend: backend.name,
        end: null,
      },
    );
    const port = `127.0.0.1:${machine.ports[0].hostPort}:80`;
    const [heading = "", row = ""] = (await snapvm("ps")).stdout.split("\n");
    assert.match(heading, /^NAME +STATE +IMAGE +UPTIME +ADDRESS +PORTS +MEMORY$/);
    assert.match(row, new RegExp(`^dev +ready +demo:latest +.*${port} +256M$`));
    assert.equal((await snapvm("ps", "-q")).stdout, "dev\n");
    assert.match((await snapvm("inspect", "dev")).stdout, /^name +dev\nstate +ready\n/);
    assert.match(
      said(await snapvm("inspect", "--type", "image", "--pull", "never", "dev"), 1),
      /^error: .*dev/,
    );

    const executed = await snapvm("exec", "dev", "--", "sh", "-c", "echo a; echo b >&2; exit 7");
    assert.deepEqual(outcome(executed), { status: 7, stdout: "a\n", stderr: "b\n" });

    // Two at the console see the same, and one of them leaves it.
    {
      await using second = await start("console", "dev");
      await second.stdout.until(PROMPT);
      await second.write("echo answer $((6 * 7)) | tee kept; sync\r");
      await second.stdout.until("\nanswer 42\r\n");
      // What comes after it is there when the log is read.
      await watcher.stdout.until(`\nanswer 42\r\n${PROMPT}`);
      await second.write("\x1dq");
      await second.stdout.until("\r\nLeft the console.\r\n");
      assert.equal((await second.result()).status, 0);
    }
    assert.match((await snapvm("logs", "-n", "2", "dev")).stdout, /^answer 42\r\ndemo:\/root# /);
    assert.equal(
      said(await snapvm("logs", "--journal", "dev"), 1),
      "error: Cannot show the journal of dev: its guest has no journalctl\n" +
        "hint: Show what it has printed on its console instead: snapvm logs dev.\n",
    );
    assert.match(said(await snapvm("rm", "dev"), 1), /^error: Cannot remove .* dev: it runs\n/);
    assert.match(said(await snapvm("start", "dev"), 1), /^error: Cannot start .* dev: it runs\n/);

    await using follower = await Snapvm.start(["logs", "-f", "-n", "2", "dev"], options);
    await follower.stdout.until("answer 42");
    assert.deepEqual(outcome(await snapvm("stop", "dev", "none")), {
      status: 1,
      stdout: "dev\n",
      stderr: "error: Cannot find a machine named none\nhint: There is: dev.\n",
    });
    assert.match((await watcher.result()).stdout, /\r\nThe machine has ended\.\r\n/);
    assert.deepEqual({ ...outcome(await follower.result()), stdout: "" }, SILENT);
    assert.equal((await snapvm("ps", "-q")).stdout, "");
    assert.match((await snapvm("ps", "-a")).stdout, /\ndev +stopped +demo:latest +- /);
    assert.deepEqual(outcome(await snapvm("wait", "dev")), { ...SILENT, stdout: "power-off\n" });
    assert.match((await snapvm("logs", "dev")).stdout, /answer 42\r\n/);
    for (const words of [["console", "dev"], ["kill", "dev"]]) {
      assert.match(said(await snapvm(...words), 1), /^error: Cannot reach .* dev: it does not run/);
    }

    // With what is on its disk it starts again; killed, it is told of as it is.
    assert.equal((await snapvm("start", "dev")).stdout, "dev\n");
    const kept = await snapvm("exec", "dev", "--", "cat", "/root/kept");
    assert.deepEqual({ ...outcome(kept), stderr: "" }, { ...SILENT, stdout: "answer 42\n" });
    const [{ pid }] = JSON.parse((await snapvm("ps", "--json")).stdout);
    Deno.kill(pid, "SIGKILL");
    const gone = await snapvm("wait", "dev");
    assert.deepEqual(pick(gone, "status", "stdout"), { status: 1, stdout: "supervisor-killed\n" });
    assert.match((await snapvm("ps", "-a")).stdout, /\ndev +stopped \(supervisor-killed\) +/);
    assert.equal((await snapvm("rm", "dev")).stdout, "dev\n");
    assert.equal((await snapvm("ps", "-a", "-q")).stdout, "");
    assert.deepEqual(await namesIn(`${home.path}/machines`), []);
  } finally {
    await snapvm("rm", "-f", "dev");
  }
  // The guard of a killed supervisor's hypervisor takes a moment.
  await using last = await Snapvm.start(["ps", "-a"], options);
  await last.status;
  await waitUntil(async () => (await last.leftBehind()).length === 0, () => "something is left");
});

const SILENT = { status: 0, stdout: "", stderr: "" } as const;

const KEYS = (
  "name state stage ready image kept created started uptime addresses ports shares cpus memory " +
  "backend acceleration architecture kernel commandLine command user macAddress machineId " +
  "selinux targets failure end problems pid path"
).split(" ");

function outcome({ status, stdout, stderr }: SnapvmResult) {
  return { status, stdout, stderr };
}

/** What a command that failed has said. */
function said(result: SnapvmResult, status: number): string {
  assert.deepEqual({ status: result.status, stdout: result.stdout }, { status, stdout: "" });
  return result.stderr;
}

function pick<Value extends object, Key extends keyof Value>(
  value: Value,
  ...keys: Key[]
): Pick<Value, Key> {
  return Object.fromEntries(keys.map((key) => [key, value[key]])) as Pick<Value, Key>;
}

async function makeHome(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir({ prefix: "e2e-" });
  return {
    path,
    async [Symbol.asyncDispose]() {
      await endProcesses(path);
      await Deno.remove(path, { recursive: true });
    },
  };
}
