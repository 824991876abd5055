/**
 * What is true of guests that are made for what happens inside them.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { FixtureImage } from "../../fixtures/fixture_image.ts";
import type { TestMachine } from "./machine.ts";
import { kernelVersionIn, snapshotOf } from "./snapshot.ts";

/** On a busy host without hardware virtualization a disk may need longer to appear than systemd waits for it. */
export const PATIENT: readonly string[] = [
  "systemd.default_timeout_start_sec=600",
  "systemd.default_device_timeout_sec=600",
].flatMap((argument) => ["--karg", argument]);

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
journalctl --boot --no-pager --quiet
`;

/** What a journal says of units that have failed or that wait for each other. */
const TROUBLE = /Failed with result|ordering cycle/;

/** Checks that a machine gets ready with the kernel of its image, whose version it returns. */
export async function checkReady(machine: TestMachine, image: FixtureImage): Promise<string> {
  const version = await kernelVersionIn(await snapshotOf(image));
  const { record, status } = await machine.untilReady();
  assert.equal(record?.kernel, version);
  assert.deepEqual(status?.problems, []);
  assert.equal(status?.failure, undefined);
  return version;
}

/** Checks what a guest with a shell is. */
export async function checkFacts(machine: TestMachine, version: string): Promise<void> {
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

/** Checks that systemd has started everything, and that the host knows it. */
export async function checkSystemd(machine: TestMachine, version: number): Promise<void> {
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

  const { stdout } = await machine.exec(["journalctl", "--boot", "--no-pager", "--quiet"]);
  assert.match(stdout, /Reached target .*multi-user\.target/);
  assert.deepEqual(stdout.split("\n").filter((line) => TROUBLE.test(line)), []);
}

/** Checks that a journal without trouble says something: it would have told of a cycle. */
export async function checkCycle(machine: TestMachine): Promise<void> {
  const { stdout } = await machine.exec(["sh", "-c", CYCLE]);
  assert.match(stdout, TROUBLE);
}

/** Stops a machine, and checks its disk and that nothing of it is left. */
export async function checkEnd(machine: TestMachine): Promise<void> {
  await machine.stop();
  const stopped = await machine.listing();
  assert.equal(stopped.state, "stopped");
  assert.equal(stopped.status?.end?.reason, "power-off");
  await machine.checkDisk();
  await machine.succeed(["rm", machine.name]);
  assert.deepEqual(await machine.processes(), []);
}
