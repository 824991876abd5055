/**
 * What becomes of machines when something dies that they are made of, stands still, jumps or has no room.
 *
 * A session in a kept machine writes to its disk while one of those who take part is killed at a random moment. The gate
 * does it once for each of them; `SNAPVM_FAULT_ROUNDS=50 deno test -A tests/e2e/faults_test.ts` does it fifty times for
 * each, and `SNAPVM_FAULT_SEED` repeats what a failure has told. `SNAPVM_STOPPED_SECONDS` is how long the hypervisor stands
 * still.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { run } from "../ext4/support/programs.ts";
import { demo } from "./support/demo.ts";
import { kill, TestMachine } from "./support/machine.ts";
import { namesIn, type Snapvm } from "./support/snapvm.ts";
import { test } from "./support/test.ts";
import { waitUntil } from "./support/wait_until.ts";

/** How often each of them is killed; by default as often as the gate has time for. */
const WANTED = Deno.env.get("SNAPVM_FAULT_ROUNDS");
const ROUNDS = Number(WANTED ?? 1);
const SEED = Number(Deno.env.get("SNAPVM_FAULT_SEED") ?? Date.now() % 2 ** 32);

/** How long the hypervisor stands still, in milliseconds. */
const STOPPED_MS = Number(Deno.env.get("SNAPVM_STOPPED_SECONDS") ?? 3) * 1000;
/** An agent that does not answer is given up no sooner, where the hypervisor does not tell that there is none. */
const SILENCE_MS = 60_000;

/** A session in a machine that works is so long, in milliseconds: somebody is killed at a moment of it. */
const SESSION_MS = 3000;
/** One that begins with the machine is so long: many a guest is still booting then. */
const LIFE_MS = 12_000;

/** What the session does in the guest, without an end: it writes files, and says so once they are on the disk. */
const SESSION = `
mkdir -p /root/session
n=0
while :; do
  n=$((n + 1))
  echo "file $n of $$" >/root/session/$n
  sync
  echo $$ $n
done
`;

test("whoever is killed, stands still or has no room, nothing stays behind and no disk is lost", async ({ backend, t }) => {
  const random = randomFrom(SEED + backend.name.length);
  await using disk = await SmallDisk.mount();
  await using machine = await TestMachine.start(backend, demo, {
    options: ["--keep"],
    home: disk.path,
  });
  const faults = new Faults(machine, disk);
  const step = async (name: string, limit: number, check: (moment: number) => Promise<void>) => {
    const moment = Math.floor(random() * limit);
    await t.step(`${name} after ${moment} ms (seed ${SEED})`, () => check(moment));
  };

  await machine.untilReady();
  await t.step("the guest's clock jumps, both ways", () => faults.jumpClock());
  await t.step(
    `the hypervisor stands still for ${STOPPED_MS / 1000} seconds`,
    () => faults.standStill(backend.name === "vz" && STOPPED_MS >= SILENCE_MS),
  );
  for (let round = 0; round < ROUNDS; round++) {
    await step("the command", SESSION_MS, (moment) => faults.killCommand(moment));
    await step("the agent", SESSION_MS, (moment) => faults.killAgent(moment));
  }
  await step("the supervisor", SESSION_MS, (moment) => faults.killSupervisor(moment));

  await machine.succeed(["start", machine.name]);
  await machine.untilReady();
  await t.step("the host's disk is full", () => faults.fillDisk());
  for (let round = 0; round < ROUNDS; round++) {
    await step("the hypervisor", LIFE_MS, (moment) => faults.startAndKill("hypervisor", moment));
    // The gate has done it.
    if (WANTED === undefined) break;
    await step("the supervisor", LIFE_MS, (moment) => faults.startAndKill("supervisor", moment));
  }
  if (WANTED !== undefined) {
    await machine.succeed(["start", machine.name]);
    await machine.untilReady();
    await t.step("both of the agent's processes", () => faults.killWholeAgent());
  }

  await machine.succeed(["rm", machine.name]);
  assert.deepEqual(await machine.processes(), []);
  assert.deepEqual(await namesIn(join(machine.home, "machines")), []);
});

/** What is done to a machine, each time with what has to be true afterwards. */
class Faults {
  readonly #machine: TestMachine;
  readonly #disk: SmallDisk;

  constructor(machine: TestMachine, disk: SmallDisk) {
    this.#machine = machine;
    this.#disk = disk;
  }

  /** Somebody in the guest sets its clock: commands go on. */
  async jumpClock(): Promise<void> {
    for (const time of ["2037-01-01 00:00:00", "2001-01-01 00:00:00"]) {
      const shell = `date -s '${time}' >/dev/null; date +%Y; sleep 0.2; exit 9`;
      const { status, stdout } = await this.#machine.exec(["sh", "-c", shell]);
      assert.deepEqual([status, stdout], [9, `${time.slice(0, 4)}\n`]);
    }
    await this.#machine.exec(["date", "-s", `@${Math.floor(Date.now() / 1000)}`]);
    await this.#checkPs("running");
  }

  /** Who needs the guest waits, or is told that it does not answer; everybody else is answered. */
  async standStill(mayBeGivenUp: boolean): Promise<void> {
    const hypervisor = await this.#hypervisor();
    kill(hypervisor, "SIGSTOP");
    const waiting = this.#machine.exec(["echo", "still here"]);
    await new Promise((resolve) => setTimeout(resolve, STOPPED_MS));
    await this.#checkPs("running");
    kill(hypervisor, "SIGCONT");
    const { stdout, stderr } = await waiting;
    if (mayBeGivenUp && stdout === "") assert.match(stderr, /cannot be reached|does not answer/);
    else assert.equal(stdout, "still here\n", stderr);
    await this.#untilAgent(true);
    assert.equal((await this.#machine.exec(["echo", "and on"])).stdout, "and on\n");
  }

  async killCommand(moment: number): Promise<void> {
    await using session = await this.#begin();
    await pause(moment);
    await this.#machine.exec(["kill", "-9", lastLine(session).pid]);
    assert.equal((await session.result()).status, 137);
    await this.#checkSession(session);
  }

  async killAgent(moment: number): Promise<void> {
    await using session = await this.#begin();
    await pause(moment);
    await this.#machine.exec(["sh", "-c", "kill -9 $PPID"]);
    const { status, stderr } = await session.result();
    assert.deepEqual([status, stderr], [
      1,
      "error: Cannot reach the guest's agent any more: it has ended, and another one has begun\n",
    ]);
    await this.#checkSession(session);
    // It writes where nobody reads any more.
    await waitUntil(
      async () => (await this.#machine.exec(["kill", "-0", lastLine(session).pid])).status !== 0,
      () => "what the agent had started goes on",
    );
  }

  async killWholeAgent(): Promise<void> {
    await using session = await this.#begin();
    const shell = 'kill -9 $(cut -d " " -f 4 /proc/$PPID/stat) $PPID';
    const { stderr } = await this.#machine.exec(["sh", "-c", shell]);
    assert.match(stderr, /^error: Cannot reach the guest's agent any more: /);
    assert.equal((await session.result()).status, 1);
    await this.#untilAgent(false);
    assert.equal((await this.#machine.exec(["true"])).status, 125);
    assert.match(await this.#machine.succeed(["ps"]), / agent lost /);
    await this.#checkPs("running");
    await this.#machine.succeed(["stop", "--time", "5", this.#machine.name]);
    await this.#checkStopped(session);
  }

  async killSupervisor(moment: number): Promise<void> {
    await using session = await this.#begin();
    await pause(moment);
    await this.#killFor("supervisor");
    const { code } = await session.status;
    assert.notEqual(code, 0);
    await this.#checkStopped(session);
  }

  /** The machine is started, a session begins if it comes to that, and somebody is killed. */
  async startAndKill(victim: "supervisor" | "hypervisor", moment: number): Promise<void> {
    const machine = this.#machine;
    await machine.succeed(["start", machine.name]);
    await this.#checkPs("running");
    await using session = await machine.begin(["exec", machine.name, "--", "sh", "-c", SESSION]);
    await pause(moment);
    await this.#killFor(victim);
    const { code } = await session.status;
    assert.notEqual(code, 0);
    await this.#checkStopped(session);
  }

  /** The guest ends when its disk cannot grow; what it had written before is there. */
  async fillDisk(): Promise<void> {
    const machine = this.#machine;
    await machine.exec(["sh", "-c", "echo before >/root/before; sync"]);
    await this.#disk.fill();
    const shell = "dd if=/dev/urandom of=/root/much bs=1M count=100; sync";
    assert.notEqual((await machine.exec(["sh", "-c", shell])).status, 0);
    await this.#untilStopped();
    await this.#disk.makeRoom();
    assert.equal(await this.#read("/root/before"), "before\n");
  }

  async #begin(): Promise<Snapvm> {
    const session = await this.#machine.begin([
      ...["exec", this.#machine.name, "--", "sh", "-c", SESSION],
    ]);
    await session.stdout.until(" 1\n");
    return session;
  }

  async #killFor(victim: "supervisor" | "hypervisor"): Promise<void> {
    const { status } = await this.#machine.listing();
    const supervisor = status!.pid;
    kill(victim === "supervisor" ? supervisor : await this.#hypervisor());
    await waitUntil(
      async () => !await isAlive(supervisor),
      () => "the supervisor still runs",
    );
  }

  /** The process that the guest runs in. */
  async #hypervisor(): Promise<number> {
    const processes = await this.#machine.processes();
    const found = processes.find(({ name }) => name.startsWith("qemu"));
    if (found === undefined) throw new Error(`No hypervisor among ${JSON.stringify(processes)}`);
    return found.pid;
  }

  /** Checks that the machine works, and that what a session has written is there. */
  async #checkSession(session: Snapvm): Promise<void> {
    await this.#checkPs("running");
    const { pid, written } = lastLine(session);
    const { stdout, stderr } = await this.#machine.exec(["cat", `/root/session/${written}`]);
    assert.equal(stdout, `file ${written} of ${pid}\n`, stderr);
  }

  /** Checks that nothing of a machine runs, and that its disk is sound and has what a session has written. */
  async #checkStopped(session: Snapvm): Promise<void> {
    await this.#untilStopped();
    const line = lastLine(session);
    // It may not have come to that.
    const path = line.written === undefined ? undefined : `/root/session/${line.written}`;
    const text = await this.#read(path);
    if (path !== undefined) assert.equal(text, `file ${line.written} of ${line.pid}\n`);
  }

  async #untilStopped(): Promise<void> {
    await waitUntil(
      async () => (await this.#machine.listing()).state === "stopped",
      () => `${this.#machine.name} is not stopped`,
    );
    await waitUntil(
      async () => (await this.#machine.processes()).length === 0,
      () => "a process of the machine still runs",
    );
    await this.#checkPs("stopped");
  }

  async #untilAgent(isThere: boolean): Promise<void> {
    await waitUntil(
      async () => (await this.#machine.listing()).status?.agent === isThere,
      () => `the agent's state is not ${isThere}`,
      { limit: 4 * SILENCE_MS },
    );
  }

  async #checkPs(state: "running" | "stopped"): Promise<void> {
    const shown = JSON.parse(await this.#machine.succeed(["ps", "--all", "--json"]));
    const machines: { name: string; state: string }[] = Array.isArray(shown)
      ? shown
      : shown.machines;
    assert.deepEqual(machines.map(({ name, state }) => [name, state]), [
      [this.#machine.name, state],
    ]);
  }

  /**
   * Recovers a copy of the machine's disk, as the guest's kernel would, has e2fsck check it, and returns what is in one of
   * its files.
   */
  async #read(path?: string): Promise<string> {
    const { folder } = this.#machine;
    const disk = (await namesIn(folder)).find((name) => /^disk0\.(qcow2|img)$/.test(name));
    if (disk === undefined) throw new Error(`There is no disk in ${folder}`);
    const raw = await Deno.makeTempFile({ prefix: "e2e-disk-" });
    try {
      const format = disk.endsWith(".qcow2") ? "qcow2" : "raw";
      await run("qemu-img", ["convert", "-f", format, "-O", "raw", join(folder, disk), raw]);
      await run("e2fsck", ["-y", "-E", "journal_only", raw], { statuses: [0, 1] });
      await run("e2fsck", ["-f", "-n", raw]);
      return path === undefined ? "" : await run("debugfs", ["-R", `cat ${path}`, raw]);
    } finally {
      await Deno.remove(raw);
    }
  }
}

/** What a session has said last. */
function lastLine(session: Snapvm): { pid: string; written: string | undefined } {
  // The last line may have come in part only.
  const [pid = "", written] = session.stdout.text.split("\n").at(-2)?.split(" ") ?? [];
  return { pid, written };
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function isAlive(pid: number): Promise<boolean> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => "");
  return stat !== "" && !/\) Z /.test(stat);
}

/** Numbers from 0 to 1 that a seed decides (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A filesystem of 1 GiB, which is easily full. */
class SmallDisk implements AsyncDisposable {
  readonly path: string;
  readonly #image: string;

  private constructor(path: string, image: string) {
    this.path = path;
    this.#image = image;
  }

  static async mount(): Promise<SmallDisk> {
    const image = await Deno.makeTempFile({ prefix: "e2e-disk-" });
    await Deno.truncate(image, 2 ** 30);
    await run("mkfs.ext4", ["-q", "-F", "-m", "0", image]);
    const path = await Deno.makeTempDir({ prefix: "e2e-" });
    await run("mount", ["-o", "loop", image, path]);
    return new SmallDisk(path, image);
  }

  /** Leaves 20 MiB. */
  async fill(): Promise<void> {
    const line = (await run("df", ["--output=avail", "-B1", this.path])).trim().split("\n")[1];
    const length = Number(line) - 20 * 2 ** 20;
    await run("fallocate", ["-l", `${length}`, join(this.path, "ballast")]);
  }

  /** Gives the room back. */
  async makeRoom(): Promise<void> {
    await Deno.remove(join(this.path, "ballast"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await run("umount", ["--lazy", this.path]);
    await Deno.remove(this.path);
    await Deno.remove(this.#image);
  }
}
