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
  /** Whether it gets one processor only. */
  readonly isSingle?: boolean;
  /** Whether its image is one of a bootable container. */
  readonly bootc?: boolean;
  /** Whether its SELinux policy is enforced. */
  readonly selinux?: boolean;
  /** Whether its ssh server is stopped, and made to take long to start. */
  readonly slowSsh?: boolean;
}

const ROWS: readonly GuestRow[] = [
  {
    name: "the newest Debian: dracut",
    shape: "sid",
    systemd: 262,
    shell: true,
    bootc: true,
    // Its kernel changes its own code while it runs, and QEMU 7.2 does not always show that to the other processor.
    isSingle: true,
  },
  { name: "Debian 13", shape: "debian-13", systemd: 257, shell: true },
  {
    name: "Debian 12, and its SELinux policy",
    shape: "debian-12",
    systemd: 252,
    shell: true,
    selinux: true,
    slowSsh: true,
  },
  { name: "sysvinit", shape: "sysvinit", shell: true },
  { name: "no shell", shape: "no-shell", shell: false },
];

/** On a busy host without hardware virtualization a disk may need longer to appear than systemd waits for it. */
const PATIENT = ["systemd.default_timeout_start_sec=600", "systemd.default_device_timeout_sec=600"]
  .flatMap((argument) => ["--karg", argument]);

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

/** What may be written to in a guest whose image is one of a bootable container. */
const WRITABLE = `
for folder in /usr /usr/local /usr/lib/systemd/system; do
  touch $folder/new 2>&1
done
for folder in /etc /etc/systemd/system /var /var/lib /root /opt /; do
  touch $folder/new && rm $folder/new && echo $folder
done
`;

/** What SELinux makes of processes and files. */
const SELINUX = `
getenforce
id -Z
tr -d '\\000' </proc/1/attr/current && echo
tr -d '\\000' </proc/$(systemctl show --property=MainPID --value ssh)/attr/current && echo
ls -dZ /etc/shadow /root /root/.ssh/authorized_keys /usr/bin/dbus-daemon /usr/sbin/sshd | sed 's/^ *//'
`;

/** Has the ssh server need a while to start the next time, and begins to start it. */
const RESTART_SLOWLY = `
mkdir -p /run/systemd/system/ssh.service.d
printf '[Service]\\nExecStartPre=/bin/sleep 5\\n' >/run/systemd/system/ssh.service.d/slow.conf
systemctl daemon-reload
systemctl stop ssh.service
systemctl --no-block start ssh.service
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
    await using machine = await TestMachine.start(backend, image, {
      options: [
        "--keep",
        ...PATIENT,
        ...row.selinux ? ["--selinux"] : [],
        ...row.isSingle ? ["--cpus", "1"] : [],
      ],
    });
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
    if (row.selinux) await checkSelinux(machine);
    if (row.bootc) await checkBootc(machine);
    if (row.slowSsh) await checkSlowSsh(machine);
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

/** A server that is about to start is waited for; one that is not, is not. */
async function checkSlowSsh(machine: TestMachine): Promise<void> {
  await machine.succeed(["exec", machine.name, "--", "sh", "-c", RESTART_SLOWLY]);
  assert.equal(await machine.succeed(["ssh", machine.name, "echo started"]), "started\n");
  await machine.succeed(["exec", machine.name, "--", "systemctl", "stop", "ssh.service"]);
  const { status, stderr } = await machine.run(["ssh", machine.name, "true"]);
  assert.equal(status, 125);
  assert.match(
    stderr,
    /: \/usr\/sbin\/sshd is there, but nothing listens on port 22\n.*snapvm shell/,
  );
}

async function checkSelinux(machine: TestMachine): Promise<void> {
  const { stdout, stderr } = await machine.exec(["sh", "-c", SELINUX]);
  assert.deepEqual([stdout.split("\n"), stderr], [
    [
      "Enforcing",
      "system_u:system_r:unconfined_t:s0",
      "system_u:system_r:init_t:s0",
      "system_u:system_r:sshd_t:s0",
      "system_u:object_r:shadow_t:s0 /etc/shadow",
      "unconfined_u:object_r:user_home_dir_t:s0 /root",
      "unconfined_u:object_r:ssh_home_t:s0 /root/.ssh/authorized_keys",
      "system_u:object_r:dbusd_exec_t:s0 /usr/bin/dbus-daemon",
      "system_u:object_r:sshd_exec_t:s0 /usr/sbin/sshd",
      "",
    ],
    "",
  ]);
  const own = await machine.succeed(["ssh", machine.name, "id -Z"]);
  assert.equal(own, "unconfined_u:unconfined_r:unconfined_t:s0-s0:c0.c1023\n");
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
