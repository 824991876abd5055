import { defineCommand, type Operand } from "../command_line/command.ts";
import { choiceOption, defaultOption, flag, valueOption } from "../command_line/option.ts";
import { parseCount, parseMilliseconds } from "../command_line/parsers.ts";
import { paragraphs } from "../paragraphs.ts";
import { debugOption, jsonOption } from "./shared_options.ts";

const NAME: Operand = { name: "NAME", brief: "which machine", complete: "machine" };
const NAMES: Operand = { ...NAME, repeats: true };
const RUNNING: Operand = { ...NAME, complete: "running-machine" };
const RUNNING_NAMES: Operand = { ...RUNNING, repeats: true };

/** How long `stop` waits for the guest, in milliseconds: systemd gives its services 90 seconds at most. */
const STOP_TIME_MS = 90_000;

/** `snapvm ps`. */
export const psCommand = defineCommand({
  name: "ps",
  summary: "list the machines",
  description: paragraphs(`
Lists the machines that run: what each does, its image, since when it runs, its address, the ports of the host that lead
to it, and its memory. With --all also those that are stopped and kept.

--json prints an array of objects: name, state (starting, running, stopping, stopped or damaged), stage (kernel,
initramfs, userspace or ready), ready, image (name, digest, platform, snapshot), kept, created, started, uptime
(seconds), addresses, ports (protocol, address, hostPort, guestPort), shares (source, path, readOnly), cpus, memory
(bytes), backend, acceleration, architecture, kernel, commandLine, command, user, macAddress, machineId, selinux,
targets, failure, end (reason, time, detail, console), problems, pid, path.
`),
  operands: [],
  options: {
    all: flag({ brief: "list those that are stopped, too", short: "a" }),
    quiet: flag({ brief: "print the names alone", short: "q", excludes: "json" }),
    json: jsonOption,
    debug: debugOption,
  },
  load: async () => (await import(import.meta.resolve("../ps.ts")) as typeof import("../ps.ts")).ps,
});

/** `snapvm stop`. */
export const stopCommand = defineCommand({
  name: "stop",
  summary: "ask machines to power off, and end those that do not",
  description: paragraphs(`
Asks the guest to power itself off, as its power button would, and ends the machine if it has not done so in time. A
machine that is kept stays, with its disk: start brings it back. The others are gone then.
`),
  operands: [RUNNING_NAMES],
  options: {
    time: defaultOption({
      brief: "how long to wait for the guest: 90s, 5m, or seconds",
      short: "t",
      placeholder: "time",
      defaultText: "90s",
      value: STOP_TIME_MS,
      parse: parseMilliseconds,
    }),
    debug: debugOption,
  },
  load: async () =>
    (await import(import.meta.resolve("../end_machine.ts")) as typeof import("../end_machine.ts"))
      .stop,
});

/** `snapvm kill`. */
export const killCommand = defineCommand({
  name: "kill",
  summary: "end machines at once, as if their power failed",
  description:
    "Ends machines at once, whatever they are doing. What their guests have not written is lost.",
  operands: [RUNNING_NAMES],
  options: { debug: debugOption },
  load: async () =>
    (await import(import.meta.resolve("../end_machine.ts")) as typeof import("../end_machine.ts"))
      .kill,
});

/** `snapvm rm`. */
export const rmCommand = defineCommand({
  name: "rm",
  summary: "remove machines that are kept, with their disks",
  description: "Removes machines that do not run, with their disks and all that they had.",
  operands: [NAMES],
  options: {
    force: flag({ brief: "end those that run first", short: "f" }),
    debug: debugOption,
  },
  load: async () =>
    (await import(import.meta.resolve("../end_machine.ts")) as typeof import("../end_machine.ts"))
      .rm,
});

/** `snapvm start`. */
export const startCommand = defineCommand({
  name: "start",
  summary: "start machines that are kept again",
  description: paragraphs(`
Starts machines that were kept, in the background: with their disks, addresses, ports and folders as they were. It
returns when the hypervisor runs.
`),
  operands: [NAMES],
  options: { debug: debugOption },
  load: async () =>
    (await import(import.meta.resolve("../start.ts")) as typeof import("../start.ts")).start,
});

/** `snapvm logs`. */
export const logsCommand = defineCommand({
  name: "logs",
  summary: "show what a machine's console has shown, or its journal",
  description: paragraphs(`
Shows all that the guest has printed on its console, also of a machine that is stopped and kept. With --journal it is
the guest's journal, which its own journalctl prints: for a machine that runs.

On a terminal control characters are shown as text.
`),
  operands: [NAME],
  options: {
    follow: flag({ brief: "go on as more comes", short: "f" }),
    console: flag({ brief: "show the console (default)", excludes: "journal" }),
    journal: flag({ brief: "show the guest's journal", short: "j" }),
    lines: valueOption({
      brief: "begin with this many of the last lines (default: all)",
      short: "n",
      placeholder: "number",
      parse: parseCount,
    }),
    debug: debugOption,
  },
  load: async () =>
    (await import(import.meta.resolve("../logs.ts")) as typeof import("../logs.ts")).logs,
});

/** `snapvm console`. */
export const consoleCommand = defineCommand({
  name: "console",
  summary: "attach this terminal to a machine's console",
  description: paragraphs(`
Shows the console of a machine that runs, beginning with what it showed last, and sends it what is typed. Ctrl-] q
leaves it; the machine goes on. Several can watch at once.
`),
  operands: [RUNNING],
  options: { debug: debugOption },
  load: async () =>
    (await import(import.meta.resolve("../console.ts")) as typeof import("../console.ts"))
      .attachConsole,
});

/** `snapvm wait`. */
export const waitCommand = defineCommand({
  name: "wait",
  summary: "wait until a machine has stopped, or is ready",
  description: paragraphs(`
Waits until a machine has stopped and prints why: power-off, reset, stopped, panic, hypervisor-failed or
supervisor-killed. The status is 1 for the last three. With --for ready it waits until commands can be run in it.
`),
  operands: [NAME],
  options: {
    for: choiceOption({
      brief: "what to wait for",
      placeholder: "state",
      defaultText: "stopped",
      choices: ["ready", "stopped"],
    }),
    debug: debugOption,
  },
  load: async () =>
    (await import(import.meta.resolve("../wait.ts")) as typeof import("../wait.ts")).wait,
});
