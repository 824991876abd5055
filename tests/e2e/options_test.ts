import assert from "node:assert/strict";
import { join } from "node:path";
import { demo } from "./support/demo.ts";
import { runImage } from "./support/run_image.ts";
import { kernelVersionIn, snapshotOf } from "./support/snapshot.ts";
import { test } from "./support/test.ts";

const STAGES = [
  "resolve",
  "extract",
  "clone",
  "firmware and kernel",
  "initramfs",
  "userspace",
  "command",
];

// It runs in the guest.
const SCRIPT = `
nproc
sed -n 's/^MemTotal: *//p' /proc/meminfo
grep " / " /proc/mounts
touch /new
cat /proc/cmdline
`;

test("the options of snapvm run reach the guest, and its console and timings come back", async ({ backend, t }) => {
  const folder = await Deno.makeTempDir();
  try {
    const console = join(folder, "console");
    const timing = join(folder, "timing.json");
    const version = await kernelVersionIn(await snapshotOf(demo));
    const { status, stdout, stderr, leftBehind } = await runImage(backend, demo, {
      ownSize: true,
      options: [
        ...["--cpus", `${backend.cpus}`, "--memory", "600M", "--read-only", "--kernel", version],
        ...["--karg", "snapvm.first=1", "--karg", "snapvm.second=a b"],
        ...["--console-log", console, "--timing", "--timing-json", timing],
      ],
      command: ["sh", "-c", SCRIPT],
    });
    assert.deepEqual({ status, leftBehind }, { status: 0, leftBehind: [] });
    const [cpus, memory, root, commandLine] = stdout.split("\n");
    const [complaint, ...chart] = stderr.trimEnd().split("\n");

    await t.step("--cpus", () => assert.equal(cpus, `${backend.cpus}`));
    await t.step("--memory", () => {
      const kibibytes = parseInt(`${memory}`);
      // The kernel keeps some for itself.
      assert.ok(kibibytes > 500 * 1024 && kibibytes < 600 * 1024, memory);
    });
    await t.step("--read-only", () => {
      assert.equal(root, "/dev/vda / ext4 ro,relatime 0 0");
      assert.equal(complaint, "touch: /new: Read-only file system");
    });
    await t.step("--karg", () => {
      assert.match(`${commandLine}`, / snapvm\.first=1 snapvm\.second="a b"$/);
    });
    await t.step("--console-log", async () => {
      const [first] = (await Deno.readTextFile(console)).split("\r\n");
      const beginning = backend.showsWholeBoot ? `Linux version ${RegExp.escape(version)} ` : "";
      assert.match(`${first}`, new RegExp(`^\\[ +\\d+\\.\\d+\\] ${beginning}`));
    });
    await t.step("--timing and --timing-json", async () => {
      const report = JSON.parse(await Deno.readTextFile(timing));
      const stages: { stage: string; start: number; duration: number }[] = report.timings;
      assert.deepEqual(stages.map(({ stage }) => stage), STAGES);
      for (const [index, { start, duration }] of stages.entries()) {
        const next = stages[index + 1]?.start ?? start + duration;
        assert.ok(duration >= 0 && Math.abs(start + duration - next) < 1e-6, STAGES[index]);
      }
      assert.deepEqual(report.healed, []);
      const acceleration = chart.pop();
      assert.equal(acceleration, `acceleration: ${report.acceleration}`);
      const total = chart.pop();
      assert.match(`${total}`, /^total +[\d.]+ m?s$/);
      const bars = chart.map((line) => /^(\D+?) +[\d.]+ m?s +█+$/.exec(line)?.[1]);
      assert.deepEqual(bars, STAGES);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
