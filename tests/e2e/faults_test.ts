/**
 * What becomes of machines when something dies that they are made of.
 *
 * A session in a kept machine writes to its disk while one of those who take part is killed at a random moment. The gate
 * does it once for each of them; `SNAPVM_FAULT_ROUNDS=50 deno test -A tests/e2e/faults_test.ts` does it fifty times, and
 * `SNAPVM_FAULT_SEED` repeats what a failure has told.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { processesOf } from "../host/support/processes_of.ts";
import { demo } from "./support/demo.ts";
import { kill, TestMachine } from "./support/machine.ts";
import { namesIn, type Snapvm } from "./support/snapvm.ts";
import { test } from "./support/test.ts";
import { waitUntil } from "./support/wait_until.ts";

/** Who is killed. */
type Victim = "supervisor" | "hypervisor" | "agent" | "command";

/** The gate has time for two of them. */
const GATE: readonly Victim[] = ["supervisor", "hypervisor"];
const WANTED = Deno.env.get("SNAPVM_FAULT_ROUNDS");
const VICTIMS: readonly Victim[] = WANTED === undefined ? GATE : [...GATE, "agent", "command"];
const ROUNDS = Number(WANTED ?? GATE.length);
const SEED = Number(Deno.env.get("SNAPVM_FAULT_SEED") ?? Date.now() % 2 ** 32);

/** The session is so long, in milliseconds: somebody is killed at a moment of it. */
const SESSION_MS = 3000;

/** What the session does in the guest, without an end: it writes files, and says so once they are on the disk. */
const SESSION = `
mkdir -p /root/session
n=0
while :; do
  n=$((n + 1))
  echo "file $n" >/root/session/$n
  sync
  echo $n
done
`;

test("whoever is killed, nothing stays behind and no disk is lost", async ({ backend, t }) => {
  const random = randomFrom(SEED + backend.name.length);
  await using machine = await TestMachine.start(backend, demo, { options: ["--keep"] });
  await machine.untilReady();
  for (let round = 0; round < ROUNDS; round++) {
    const victim = VICTIMS[round % VICTIMS.length]!;
    const moment = Math.floor(random() * SESSION_MS);
    const name = `round ${round}: the ${victim} after ${moment} ms (seed ${SEED})`;
    await t.step(name, () => killOnce(machine, victim, moment));
  }
  await machine.stop();
  await machine.succeed(["rm", machine.name]);
  assert.deepEqual(await machine.processes(), []);
  assert.deepEqual(await namesIn(join(machine.home, "machines")), []);
});

/** One round, which begins and ends with a machine that works. */
async function killOnce(machine: TestMachine, victim: Victim, moment: number): Promise<void> {
  const { status } = await machine.listing();
  const supervisor = status!.pid;
  await using session = await machine.begin(["exec", machine.name, "--", "sh", "-c", SESSION]);
  await session.stdout.until("1\n");
  await new Promise((resolve) => setTimeout(resolve, moment));
  await killVictim(machine, victim, { supervisor, session });

  if (victim === "command") {
    assert.equal((await session.result()).status, 137);
    assert.equal((await machine.listing()).state, "running");
  } else {
    // However it is told: the command did not end by itself.
    const { code } = await session.status;
    assert.notEqual(code, 0);
  }
  const written = Number(session.stdout.text.trimEnd().split("\n").at(-1));

  if (victim === "supervisor" || victim === "hypervisor") {
    await waitUntil(
      async () => (await machine.listing()).state === "stopped",
      () => `${machine.name} is not stopped`,
    );
    await waitUntil(
      async () => (await machine.processes()).length === 0 && !await isAlive(supervisor),
      () => "a process of the machine still runs",
    );
  }
  if (victim === "agent") {
    // Nobody can be asked any more: it is ended.
    assert.equal((await machine.exec(["true"])).status !== 0, true);
    await machine.succeed(["stop", "--time", "5", machine.name]);
  }
  await checkPs(machine, victim === "command" ? "running" : "stopped");
  if (victim !== "command") {
    await machine.succeed(["start", machine.name]);
    await machine.untilReady();
    await checkPs(machine, "running");
  }
  const { stdout } = await machine.exec(["cat", `/root/session/${written}`]);
  assert.equal(stdout, `file ${written}\n`);
  await machine.exec(["rm", "-r", "/root/session"]);
  if (victim !== "command") {
    await machine.stop();
    await machine.checkDisk();
    await machine.succeed(["start", machine.name]);
    await machine.untilReady();
  }
}

async function killVictim(
  machine: TestMachine,
  victim: Victim,
  { supervisor, session }: { supervisor: number; session: Snapvm },
): Promise<void> {
  switch (victim) {
    case "supervisor":
      return kill(supervisor);
    case "hypervisor":
      return kill(await hypervisorOf(machine, supervisor));
    case "agent":
      // Who has started the command.
      await machine.exec(["sh", "-c", "kill -9 $PPID"]);
      return;
    case "command": {
      const shell = "for p in /proc/[0-9]*; do grep -q /root/session/ $p/cmdline && " +
        '[ "${p#/proc/}" != $$ ] && kill -9 ${p#/proc/}; done; true';
      await machine.exec(["sh", "-c", shell]);
      void session;
    }
  }
}

/** The process that the guest runs in. */
async function hypervisorOf(machine: TestMachine, supervisor: number): Promise<number> {
  const processes = await processesOf(join(machine.home, "machines"));
  const found = processes.find(({ name, pid }) => name.startsWith("qemu") && pid !== supervisor);
  if (found === undefined) throw new Error(`No hypervisor among ${JSON.stringify(processes)}`);
  return found.pid;
}

async function checkPs(machine: TestMachine, state: "running" | "stopped"): Promise<void> {
  const shown = JSON.parse(await machine.succeed(["ps", "--all", "--json"]));
  const machines: { name: string; state: string }[] = Array.isArray(shown) ? shown : shown.machines;
  assert.deepEqual(machines.map(({ name, state }) => [name, state]), [[machine.name, state]]);
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
