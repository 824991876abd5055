import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { guestImage } from "../fixtures/guest_image.ts";
import type { GuestShape } from "../fixtures/guest_trees.ts";
import { checkRows } from "./support/check_rows.ts";
import { checkEnd, checkFacts, checkReady, checkSystemd, PATIENT } from "./support/guest_checks.ts";
import { TestMachine } from "./support/machine.ts";
import { test } from "./support/test.ts";

/** A guest, and what is true of it. */
interface GuestRow {
  readonly name: string;
  readonly shape: GuestShape;
  /** The number of systemd's version, if that is the init. */
  readonly systemd?: number;
  /** Whether it has a shell. */
  readonly shell: boolean;
  /** Whether its image is one of a bootable container. */
  readonly bootc?: boolean;
}

// Debian 12 is where work_test.ts works.
const ROWS: readonly GuestRow[] = [
  {
    name: "the newest Debian: dracut",
    shape: "sid",
    systemd: 262,
    shell: true,
    bootc: true,
  },
  { name: "Debian 13", shape: "debian-13", systemd: 257, shell: true },
  { name: "sysvinit", shape: "sysvinit", shell: true },
  { name: "no shell", shape: "no-shell", shell: false },
];

/** What may be written to in a guest whose image is one of a bootable container. */
const WRITABLE = `
for folder in /usr /usr/local /usr/lib/systemd/system; do
  touch $folder/new 2>&1
done
for folder in /etc /etc/systemd/system /var /var/lib /root /opt /; do
  touch $folder/new && rm $folder/new && echo $folder
done
`;

test("a guest of any kind is a machine to work in", async ({ backend, t }) => {
  await checkRows(t, ROWS, async (row) => {
    const image = await guestImage(row.shape);
    await using machine = await TestMachine.start(backend, image, {
      options: ["--keep", ...PATIENT],
    });
    const version = await checkReady(machine, image);

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
    if (row.bootc) await checkBootc(machine);
    if (row.systemd !== undefined) await checkSystemd(machine, row.systemd);

    await checkEnd(machine);
  });
});

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

async function checkBootc(machine: TestMachine): Promise<void> {
  const { stdout, stderr } = await machine.exec(["sh", "-c", WRITABLE]);
  assert.deepEqual([stdout.split("\n"), stderr], [
    [
      ...["/usr/new", "/usr/local/new", "/usr/lib/systemd/system/new"]
        .map((path) => `touch: cannot touch '${path}': Read-only file system`),
      ...["/etc", "/etc/systemd/system", "/var", "/var/lib", "/root", "/opt", "/"],
      "",
    ],
    "",
  ]);
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
