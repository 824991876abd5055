import assert from "node:assert/strict";
import { join } from "node:path";
import { fixtureImage } from "../fixtures/fixture_image.ts";
import { checkRows } from "./check_rows.ts";
import { startDemo } from "./demo.ts";
import { namesIn, Snapvm, type SnapvmOptions } from "./snapvm.ts";
import { waitUntil } from "./wait_until.ts";

const COMMAND = ["sh", "-c", "echo up; sleep 1000"];

/** Starts the demo, and waits until its console, kept in the file `log`, has shown a text. */
async function untilConsole(log: string, text: string): Promise<Snapvm> {
  const snapvm = await startDemo(["--debug", "--console-log", log], COMMAND);
  await waitUntil(
    async () => (await Deno.readTextFile(log).catch(() => undefined))?.includes(text) ?? false,
    () => snapvm.stderr.text,
  );
  return snapvm;
}

/** Starts the demo, and waits until its command runs. */
async function untilCommand(options: SnapvmOptions = {}): Promise<Snapvm> {
  const snapvm = await startDemo(["--debug"], COMMAND, options);
  await snapvm.stdout.until("up\n");
  return snapvm;
}

Deno.test("a signal ends snapvm run at any stage, and nothing is left behind", async (t) => {
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
      reach: () => untilConsole(join(logs, "resolve"), ""),
    },
    {
      name: "SIGINT while it extracts the kernel",
      signal: "SIGINT",
      status: 130,
      async reach() {
        const { reference, platform } = dracut;
        const args = ["run", reference, "--platform", platform, "--debug", "--", ...COMMAND];
        const snapvm = await Snapvm.start(args, { image: dracut });
        const machines = join(snapvm.home, "machines");
        await waitUntil(async () => {
          const [machine] = await namesIn(machines);
          return machine !== undefined && (await namesIn(join(machines, machine))).length > 1;
        }, () => snapvm.stderr.text);
        return snapvm;
      },
    },
    {
      name: "SIGINT as it starts QEMU",
      signal: "SIGINT",
      status: 130,
      async reach() {
        const snapvm = await startDemo(["--debug"], COMMAND);
        await snapvm.stderr.until("/qemu-system-x86_64 ");
        return snapvm;
      },
    },
    {
      name: "SIGINT in the kernel",
      signal: "SIGINT",
      status: 130,
      reach: () => untilConsole(join(logs, "kernel"), "Linux version"),
    },
    {
      name: "SIGINT in the initramfs",
      signal: "SIGINT",
      status: 130,
      reach: () => untilConsole(join(logs, "initramfs"), "Run /snapvm/init as init process"),
    },
    {
      name: "SIGINT while the command runs",
      signal: "SIGINT",
      status: 130,
      reach: () => untilCommand(),
    },
    {
      name: "SIGTERM while the command runs",
      signal: "SIGTERM",
      status: 143,
      reach: () => untilCommand(),
    },
    {
      name: "SIGHUP while the command runs",
      signal: "SIGHUP",
      status: 129,
      reach: () => untilCommand(),
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

Deno.test("a snapvm that is killed takes its QEMU with it; the next one removes its files", async () => {
  const home = await Deno.makeTempDir({ prefix: "e2e-" });
  try {
    await using killed = await untilCommand({ home });
    killed.kill("SIGKILL");
    await killed.status;
    const machines = await namesIn(join(home, "machines"));
    assert.equal(machines.length, 1);
    // The last of its processes ends a moment later than it does.
    await waitUntil(
      async () => (await killed.leftBehind()).every((found) => !found.startsWith("process")),
      () => killed.stderr.text,
    );
    await using next = await startDemo(["--kernel", "none"], COMMAND, { home });
    const { status, leftBehind } = await next.result();
    assert.deepEqual({ status, leftBehind }, { status: 125, leftBehind: [] });
    assert.deepEqual(await killed.leftBehind(), []);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});
