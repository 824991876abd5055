import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { fixtureImage, type ImageShape } from "../fixtures/fixture_image.ts";
import { checkRows } from "./support/check_rows.ts";
import { startImage } from "./support/run_image.ts";
import { fingerprint, kernelVersionIn, snapshotOf, textIn } from "./support/snapshot.ts";
import { test } from "./support/test.ts";

const ARGUMENTS = [
  `single ' and double " and back \` quotes`,
  "two\nlines",
  "",
  "a\\b $HOME $(id) *",
  "grüße, 世界",
  "-n",
];

/**
 * What runs in each guest between `osRelease=…` and the row's end: facts on standard output, then its own input on
 * both streams, while a process that it leaves behind holds them open. The smallest image has few more programs.
 */
const SCRIPT = `
uname -r
cat "$osRelease"
grep " / " /proc/mounts
cat /sys/block/vda/serial; echo
printf '<%s>\\n' "$@"
if [ -d /run/systemd/system ]; then
  case $(systemctl is-system-running) in running | degraded) echo up ;; esac
  systemctl is-active sysinit.target local-fs.target basic.target multi-user.target
fi
echo reopened >/dev/stdout
echo reopened >/dev/stderr
cat >/root/input
cat /root/input
cat /root/input >&2
cat
sleep 1000 &
`;

interface ImageRow {
  readonly name: string;
  readonly shape: ImageShape;
  /** A file whose text differs from image to image. */
  readonly osRelease: string;
  readonly systemd: boolean;
  /** How the script ends, and what that gives. */
  readonly end: string;
  readonly status: number;
}

const ROWS: readonly ImageRow[] = [
  {
    name: "Debian with systemd and dracut",
    shape: "debian-dracut",
    osRelease: "/usr/lib/os-release",
    systemd: true,
    end: "exit 42",
    status: 42,
  },
  {
    name: "Debian with systemd and initramfs-tools",
    shape: "debian-initramfs-tools",
    osRelease: "/usr/lib/os-release",
    systemd: true,
    end: "kill -TERM $$",
    status: 143,
  },
  {
    name: "busybox for arm64",
    shape: "arm64",
    osRelease: "/etc/os-release",
    systemd: false,
    end: "exit 0",
    status: 0,
  },
  {
    name: "busybox in a UKI",
    shape: "uki",
    osRelease: "/etc/os-release",
    systemd: false,
    end: "exit 1",
    status: 1,
  },
  {
    name: "the demo",
    shape: "demo",
    osRelease: "/etc/os-release",
    systemd: false,
    end: "kill -KILL $$",
    status: 137,
  },
];

test("snapvm run boots an image with its own kernel and runs a command exactly", async ({ backend, t }) => {
  const rows = ROWS.filter(({ shape }) => backend.emulates || shape !== "arm64");
  await checkRows(t, rows, async ({ shape, osRelease, systemd, end, status }) => {
    const image = await fixtureImage(shape);
    const snapshot = await snapshotOf(image);
    const before = await fingerprint(snapshot);
    const input = new Uint8Array(randomBytes(2 ** 20));
    const facts = [
      await kernelVersionIn(snapshot),
      (await textIn(snapshot, osRelease)).trimEnd(),
      "/dev/vda / ext4 rw,relatime 0 0",
      "root",
      ...ARGUMENTS.map((argument) => `<${argument}>`),
      ...systemd ? ["up", "active", "active", "active", "active"] : [],
      "reopened\n",
    ];

    await using snapvm = await startImage(backend, image, {
      command: ["sh", "-c", `osRelease=${osRelease}\n${SCRIPT}${end}\n`, "sh", ...ARGUMENTS],
      stdin: input,
    });
    const result = await snapvm.result();

    const output = snapvm.stdout.bytes;
    assert.equal(output.subarray(0, -input.length).toString(), facts.join("\n"));
    assert.ok(output.subarray(-input.length).equals(input), "standard output");
    const errors = snapvm.stderr.bytes;
    assert.equal(errors.subarray(0, -input.length).toString(), "reopened\n");
    assert.ok(errors.subarray(-input.length).equals(input), "standard error");
    assert.equal(result.status, status);
    assert.deepEqual(result.leftBehind, []);
    assert.deepEqual(await fingerprint(snapshot), before);
  });
});
