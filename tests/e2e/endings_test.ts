import assert from "node:assert/strict";
import { join } from "node:path";
import { type FixtureImage, fixtureImage } from "../fixtures/fixture_image.ts";
import { processesOf } from "../host/support/processes_of.ts";
import type { TestedBackend } from "./support/backends.ts";
import { checkRows } from "./support/check_rows.ts";
import { demo } from "./support/demo.ts";
import { runImage, startImage } from "./support/run_image.ts";
import { test } from "./support/test.ts";

/** What a failure says, without what the guest's console has shown. */
function withoutConsole(stderr: string): string {
  return stderr.replace(/^The last lines on its console:\n( +\| .*\n)+/m, "");
}

const LOOK_AROUND = "hint: Run the image without a command to look around on its console.\n";

test("snapvm run says where and how a guest ended before its command did", async ({ backend, t }) => {
  const dracut = await fixtureImage("debian-dracut");
  const initramfsTools = await fixtureImage("debian-initramfs-tools");
  interface EndRow {
    readonly name: string;
    readonly image: FixtureImage;
    /** Where it is booted: what takes long is so once. Default: on both. */
    readonly backend?: TestedBackend["name"];
    /** Kernel arguments. */
    readonly kernelArguments: readonly string[];
    readonly command: readonly string[];
    readonly stderr: string;
  }
  const rows: readonly EndRow[] = [
    {
      name: "emergency mode",
      image: initramfsTools,
      kernelArguments: ["systemd.unit=emergency.target"],
      command: ["true"],
      stderr: `error: Cannot run the command: the guest went into emergency mode\n${LOOK_AROUND}`,
    },
    {
      name: "emergency mode in the initramfs",
      image: dracut,
      backend: "vz",
      kernelArguments: ["rd.systemd.unit=emergency.target"],
      command: ["true"],
      stderr: "error: Cannot run the command: the guest went into emergency mode in the " +
        `initramfs\n${LOOK_AROUND}`,
    },
    {
      name: "a shell in the initramfs",
      image: initramfsTools,
      backend: "qemu",
      // Told to restart after a panic, initramfs-tools restarts where it would open a shell.
      kernelArguments: ["break=premount", "panic="],
      command: ["true"],
      stderr: "error: Cannot run the command: the guest went into the initramfs's shell\n" +
        `${LOOK_AROUND}`,
    },
    {
      name: "panic in the kernel",
      image: demo,
      // The other's console is not there yet.
      backend: "qemu",
      kernelArguments: ["rdinit=/nonexistent"],
      command: ["true"],
      stderr: `error: The guest's kernel panicked while starting its kernel\n`,
    },
    {
      name: "panic in the initramfs",
      image: demo,
      // It does not wait for that, as it would for a disk.
      kernelArguments: ["rootfstype=nonexistent"],
      command: ["true"],
      stderr: `error: The guest's kernel panicked while in its initramfs\n`,
    },
    {
      name: "panic in the command",
      image: demo,
      kernelArguments: [],
      // A kernel that panics at once takes with it the word that the command runs.
      command: ["sh", "-c", "sleep 1; echo c >/proc/sysrq-trigger; sleep 1000"],
      stderr: `error: The guest's kernel panicked while running the command\n`,
    },
    {
      name: "power-off",
      image: demo,
      kernelArguments: [],
      command: ["sh", "-c", "poweroff; sleep 1000"],
      stderr: `error: The guest powered itself off while running the command\n`,
    },
    {
      name: "reboot",
      image: demo,
      kernelArguments: [],
      command: ["sh", "-c", "reboot; sleep 1000"],
      stderr: `error: The guest restarted while running the command\n`,
    },
  ];
  const own = rows.filter((row) => (row.backend ?? backend.name) === backend.name);
  await checkRows(t, own, async ({ image, kernelArguments, command, stderr }) => {
    const folder = await Deno.makeTempDir();
    try {
      const log = join(folder, "console");
      const result = await runImage(backend, image, {
        options: [
          ...["--console-log", log],
          ...kernelArguments.flatMap((argument) => ["--karg", argument]),
        ],
        command,
      });
      assert.deepEqual({ ...result, stderr: withoutConsole(result.stderr) }, {
        status: 1,
        stdout: "",
        stderr,
        leftBehind: [],
      });
      const console = (await Deno.readTextFile(log)).split("\n");
      if (stderr.includes("panicked")) {
        assert.match(result.stderr, /^ +\| .*Kernel panic - not syncing/m);
        assert.ok(console.some((line) => line.includes("Kernel panic - not syncing")));
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
});

test("snapvm run says why its hypervisor ended, if somebody else has killed it", async ({ backend }) => {
  const command = ["sh", "-c", "echo up; sleep 1000"];
  await using snapvm = await startImage(backend, demo, { command });
  await snapvm.stdout.until("up\n");
  const processes = await processesOf(join(snapvm.home, "machines"));
  const qemu = processes.find(({ name }) => name.startsWith("qemu"));
  assert.ok(qemu, JSON.stringify(processes));
  Deno.kill(qemu.pid, "SIGKILL");
  const result = await snapvm.result();
  assert.deepEqual({ ...result, stderr: "" }, {
    status: 1,
    stdout: "up\n",
    stderr: "",
    leftBehind: [],
  });
  const said = withoutConsole(result.stderr);
  const beginning = "error: The hypervisor ended while the guest was running the command: ";
  assert.ok(said.startsWith(beginning), said);
  assert.match(said.slice(beginning.length).trimEnd(), backend.killed);
});
