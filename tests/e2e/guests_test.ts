import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { guestImage } from "../fixtures/guest_image.ts";
import type { GuestShape } from "../fixtures/guest_trees.ts";
import { checkRows } from "./support/check_rows.ts";
import { TestMachine } from "./support/machine.ts";
import { kernelVersionIn, snapshotOf } from "./support/snapshot.ts";
import { test } from "./support/test.ts";

/** A guest, and what is true of it. */
interface GuestRow {
  readonly name: string;
  readonly shape: GuestShape;
  /** The number of systemd's version, if that is the init. */
  readonly systemd?: number;
  /** Whether it has a shell. */
  readonly shell: boolean;
}

const ROWS: readonly GuestRow[] = [
  { name: "no shell", shape: "no-shell", shell: false },
];

/** What runs in each guest that has a shell. */
const FACTS = `
uname -r
sed 's,/[0-9]*$,/N,' /proc/self/cgroup
grep " / " /proc/mounts | cut -d " " -f 1,3
echo kept >/tmp/kept && cat /tmp/kept
MAPPED=/root/mapped probe | tail -n 1
MAPPED=/tmp/mapped probe | tail -n 1
ls -d /snapvm /run/snapvm 2>/dev/null
`;

/** A service that cannot be started without itself. */
const CYCLE = `
for pair in "a b" "b a"; do
  set -- $pair
  printf '[Unit]\\nDefaultDependencies=no\\nRequires=%s.service\\nAfter=%s.service\\n[Service]\\nExecStart=/bin/true\\n' \\
    cycle-$2 cycle-$2 >/run/systemd/system/cycle-$1.service
done
systemctl daemon-reload
systemctl start cycle-a.service
journalctl --sync
`;

/** What a journal says of units that have failed or that wait for each other. */
const TROUBLE = /Failed with result|ordering cycle/;

test("a guest of any kind is a machine to work in", async ({ backend, t }) => {
  await checkRows(t, ROWS, async (row) => {
    const image = await guestImage(row.shape);
    const version = await kernelVersionIn(await snapshotOf(image));
    await using machine = await TestMachine.start(backend, image, { options: ["--keep"] });
    const { record, status } = await machine.untilReady();
    assert.equal(record?.kernel, version);
    assert.deepEqual(status?.problems, []);
    assert.equal(status?.failure, undefined);

    if (row.shell) {
      await checkFacts(machine, version);
      await checkTerminal(machine);
      await checkSsh(machine);
    } else {
      const { stdout, stderr } = await machine.exec(["probe"], {
        options: ["--env", "MAPPED=/root/mapped"],
      });
      assert.deepEqual([stdout, stderr], [`release ${version}\nmapped through memory\n`, ""]);
      const ssh = await machine.run(["ssh", machine.name, "true"]);
      assert.match(ssh.stderr, /snapvm shell/);
      assert.notEqual(ssh.status, 0);
    }
    await checkStatuses(machine, row);
    await checkStreams(machine, row);
    if (row.systemd !== undefined) await checkSystemd(machine, row.systemd);

    await machine.stop();
    const stopped = await machine.listing();
    assert.equal(stopped.state, "stopped");
    assert.equal(stopped.status?.end?.reason, "power-off");
    await machine.checkDisk();
    await machine.succeed(["rm", machine.name]);
    assert.deepEqual(await machine.processes(), []);
  });
});

async function checkFacts(machine: TestMachine, version: string): Promise<void> {
  const { stdout, stderr, status } = await machine.exec(["sh", "-c", FACTS]);
  assert.deepEqual([stdout.split("\n"), stderr], [
    [
      version,
      "0::/snapvm.slice/N",
      "/dev/vda ext4",
      "kept",
      "mapped through memory",
      "mapped through memory",
      "",
    ],
    "",
  ], `status ${status}`);
}

async function checkTerminal(machine: TestMachine): Promise<void> {
  const command = ["sh", "-c", "tty && test -t 2 && exit 7"];
  const words = ["exec", "-t", machine.name, "--", ...command];
  await using snapvm = await machine.begin(words, { terminal: true });
  const { status, stdout } = await snapvm.result();
  assert.match(stdout, /^\/dev\/pts\/\d+\r\n/);
  assert.equal(status, 7);
}

/** By a key of the machine's own, and without any network of the guest. */
async function checkSsh(machine: TestMachine): Promise<void> {
  const { status, stdout, stderr } = await machine.run([
    ...["ssh", machine.name, "echo over ssh; exit 5"],
  ]);
  assert.deepEqual([stdout, status], ["over ssh\n", 5], stderr);
  const { mode } = await Deno.stat(join(machine.folder, "id_ed25519"));
  assert.equal((mode ?? 0) & 0o777, 0o600);
}

async function checkStatuses(machine: TestMachine, { shell }: GuestRow): Promise<void> {
  const rows: readonly (readonly [command: readonly string[], status: number])[] = shell
    ? [
      [["sh", "-c", "exit 42"], 42],
      [["sh", "-c", "kill -TERM $$"], 143],
      [["/nonexistent"], 127],
    ]
    : [[["say"], 0], [["/nonexistent"], 127]];
  const results = await Promise.all(
    rows.map(([command]) => machine.exec(command, { stdin: new Uint8Array() })),
  );
  assert.deepEqual(results.map(({ status }) => status), rows.map(([, status]) => status));
}

async function checkStreams(machine: TestMachine, { shell }: GuestRow): Promise<void> {
  const input = new Uint8Array(randomBytes(2 ** 20));
  const command = shell ? ["tee", "/dev/stderr"] : ["say"];
  await using snapvm = await machine.begin(["exec", "-i", machine.name, "--", ...command], {
    stdin: input,
  });
  const { status, stderr } = await snapvm.result();
  assert.equal(status, 0, stderr);
  assert.ok(snapvm.stdout.bytes.equals(input), "standard output");
  if (shell) assert.ok(snapvm.stderr.bytes.equals(input), "standard error");
}

async function checkSystemd(machine: TestMachine, version: number): Promise<void> {
  const { status } = await machine.listing();
  assert.ok(status?.targets.includes("multi-user.target"), `${status?.targets}`);
  const facts = await machine.exec([
    "sh",
    "-c",
    "systemctl --version; systemctl is-system-running",
  ]);
  const lines = facts.stdout.trimEnd().split("\n");
  assert.match(lines[0] ?? "", new RegExp(`^systemd ${version} `));
  assert.equal(lines.at(-1), "running");

  // The network comes up by itself, a while after everything has been started.
  const address = "ip -o -4 address show scope global | awk '{print $4}' | cut -d / -f 1";
  const addresses = await machine.exec([
    ...["sh", "-c", `until [ "$(${address})" ]; do sleep 0.2; done; ${address}`],
  ]);
  const [ip] = addresses.stdout.trimEnd().split("\n");
  assert.ok((await machine.listing()).status?.addresses.includes(ip!), addresses.stdout);

  const journal = ["journalctl", "--boot", "--no-pager", "--quiet"];
  const { stdout } = await machine.exec(journal);
  assert.match(stdout, /Reached target .*multi-user\.target/);
  assert.deepEqual(stdout.split("\n").filter((line) => TROUBLE.test(line)), []);
  // The journal would have said so.
  await machine.exec(["sh", "-c", CYCLE]);
  assert.match((await machine.exec(journal)).stdout, TROUBLE);
}
