import assert from "node:assert/strict";
import { join } from "node:path";
import { fixtureImage } from "../fixtures/fixture_image.ts";
import { processesOf } from "../host/support/processes_of.ts";
import type { TestedBackend } from "./support/backends.ts";
import { checkRows } from "./support/check_rows.ts";
import { demo } from "./support/demo.ts";
import { endProcesses } from "./support/end_processes.ts";
import { startImage } from "./support/run_image.ts";
import { namesIn, type Snapvm } from "./support/snapvm.ts";
import { test } from "./support/test.ts";
import { waitUntil } from "./support/wait_until.ts";

const COMMAND = ["sh", "-c", "echo up; sleep 1000"];

/** Starts the demo, and waits until its console, kept in the file `log`, has shown a text. */
async function untilConsole(backend: TestedBackend, log: string, text: string): Promise<Snapvm> {
  const snapvm = await startImage(backend, demo, {
    options: ["--debug", "--console-log", log],
    command: COMMAND,
  });
  await waitUntil(
    async () => (await Deno.readTextFile(log).catch(() => undefined))?.includes(text) ?? false,
    () => snapvm.stderr.text,
  );
  return snapvm;
}

/** Starts the demo, and waits until its kernel runs: so far as the console, kept in the file `log`, can tell. */
async function untilKernel(backend: TestedBackend, log: string): Promise<Snapvm> {
  if (backend.showsWholeBoot) return await untilConsole(backend, log, "Linux version");
  const snapvm = await startImage(backend, demo, { options: ["--debug"], command: COMMAND });
  await waitUntil(
    async () => (await processesOf(join(snapvm.home, "machines"))).length > 0,
    () => snapvm.stderr.text,
  );
  return snapvm;
}

/** Starts the demo, and waits until its command runs. */
async function untilCommand(backend: TestedBackend, home?: string): Promise<Snapvm> {
  const snapvm = await startImage(backend, demo, {
    options: ["--debug"],
    command: COMMAND,
    ...home !== undefined && { home },
  });
  await snapvm.stdout.until("up\n");
  return snapvm;
}

test("a signal ends snapvm run at any stage, and nothing is left behind", async ({ backend, t }) => {
  const dracut = await fixtureImage("debian-dracut");
  const logs = await Deno.makeTempDir();
  interface SignalRow {
    readonly name: string;
    readonly signal: Deno.Signal;
    readonly status: number;
    /** Starts a snapvm, and waits until it has come to the stage. */
    readonly reach: () => Promise<Snapvm>;
  }
  const rows: readonly SignalRow[] = [
    {
      name: "SIGINT as soon as it looks after signals",
      signal: "SIGINT",
      status: 130,
      // The file of the console is what it opens next.
      reach: () => untilConsole(backend, join(logs, "resolve"), ""),
    },
    {
      name: "SIGINT while it extracts the kernel",
      signal: "SIGINT",
      status: 130,
      async reach() {
        const snapvm = await startImage(backend, dracut, {
          options: ["--debug"],
          command: COMMAND,
        });
        const machines = join(snapvm.home, "machines");
        await waitUntil(async () => {
          const [machine] = await namesIn(machines);
          return machine !== undefined && (await namesIn(join(machines, machine))).length > 0;
        }, () => snapvm.stderr.text);
        return snapvm;
      },
    },
    {
      name: "SIGINT as it starts the hypervisor",
      signal: "SIGINT",
      status: 130,
      async reach() {
        const snapvm = await startImage(backend, demo, {
          options: ["--debug"],
          command: COMMAND,
        });
        await snapvm.stderr.until(backend.starts);
        return snapvm;
      },
    },
    {
      name: "SIGINT in the kernel",
      signal: "SIGINT",
      status: 130,
      reach: () => untilKernel(backend, join(logs, "kernel")),
    },
    {
      name: "SIGINT in the initramfs",
      signal: "SIGINT",
      status: 130,
      reach: () => untilConsole(backend, join(logs, "initramfs"), "[vda]"),
    },
    {
      name: "SIGINT while the command runs",
      signal: "SIGINT",
      status: 130,
      reach: () => untilCommand(backend),
    },
    {
      name: "SIGTERM while the command runs",
      signal: "SIGTERM",
      status: 143,
      reach: () => untilCommand(backend),
    },
    {
      name: "SIGHUP while the command runs",
      signal: "SIGHUP",
      status: 129,
      reach: () => untilCommand(backend),
    },
  ];
  try {
    await checkRows(t, rows, async ({ signal, status, reach }) => {
      await using snapvm = await reach();
      snapvm.kill(signal);
      const result = await snapvm.result();
      assert.doesNotMatch(result.stderr, /^(?!debug: |$)/m);
      assert.deepEqual(
        { status: result.status, leftBehind: result.leftBehind },
        { status, leftBehind: [] },
      );
    });
  } finally {
    await Deno.remove(logs, { recursive: true });
  }
});

test("a snapvm that is killed takes its hypervisor with it; the next one removes its files", async ({ backend }) => {
  const home = await Deno.makeTempDir({ prefix: "e2e-" });
  try {
    await using killed = await untilCommand(backend, home);
    killed.kill("SIGKILL");
    await killed.status;
    const machines = await namesIn(join(home, "machines"));
    assert.equal(machines.length, 1);
    // The last of its processes ends a moment later than it does.
    await waitUntil(
      async () => (await killed.leftBehind()).every((found) => !found.startsWith("process")),
      () => killed.stderr.text,
    );
    await using next = await startImage(backend, demo, {
      options: ["--kernel", "none"],
      command: COMMAND,
      home,
    });
    const { status, leftBehind } = await next.result();
    assert.deepEqual({ status, leftBehind }, { status: 125, leftBehind: [] });
    assert.deepEqual(await killed.leftBehind(), []);
  } finally {
    await endProcesses(home);
    await Deno.remove(home, { recursive: true });
  }
});
