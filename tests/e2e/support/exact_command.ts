import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { FixtureImage } from "../../fixtures/fixture_image.ts";
import { fingerprint, kernelVersionIn, snapshotOf, textIn } from "./snapshot.ts";
import type { Snapvm, SnapvmOptions } from "./snapvm.ts";

const ARGUMENTS = [
  `single ' and double " and back \` quotes`,
  "two\nlines",
  "",
  "a\\b $HOME $(id) *",
  "grüße, 世界",
  "-n",
];

/**
 * What runs in a guest between `osRelease=…` and the end that is wanted: facts on standard output, then its own input
 * on both streams, while a process that it leaves behind holds them open. The smallest image has few more programs.
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

/** A guest, and how a command ends in it. */
export interface ExactCommand {
  /** What is booted. */
  readonly image: FixtureImage;
  /** A file whose text differs from image to image. */
  readonly osRelease: string;
  /** Whether its init is systemd. */
  readonly systemd: boolean;
  /** Whether it labels files for SELinux. Default: false. */
  readonly selinux?: boolean;
  /** How the command ends. */
  readonly end: string;
  /** What that gives. */
  readonly status: number;
  /** Starts it. */
  readonly start: (
    command: readonly string[],
    options: Pick<SnapvmOptions, "stdin">,
  ) => Promise<Snapvm>;
}

/**
 * Checks that a guest is what its image says, and that a command's words, streams and status are passed on exactly.
 *
 * @returns What the snapvm that ran the command has left behind.
 */
export async function checkExactCommand(row: ExactCommand): Promise<readonly string[]> {
  const { image, osRelease, systemd, selinux = false, end, status } = row;
  const snapshot = await snapshotOf(image);
  const before = await fingerprint(snapshot);
  const input = new Uint8Array(randomBytes(2 ** 20));
  const facts = [
    await kernelVersionIn(snapshot),
    (await textIn(snapshot, osRelease)).trimEnd(),
    `/dev/vda / ext4 rw,${selinux ? "seclabel," : ""}relatime 0 0`,
    "root",
    ...ARGUMENTS.map((argument) => `<${argument}>`),
    ...systemd ? ["up", "active", "active", "active", "active"] : [],
    "reopened\n",
  ];

  await using snapvm = await row.start(
    ["sh", "-c", `osRelease=${osRelease}\n${SCRIPT}${end}\n`, "sh", ...ARGUMENTS],
    { stdin: input },
  );
  const result = await snapvm.result();

  const output = snapvm.stdout.bytes;
  assert.equal(output.subarray(0, -input.length).toString(), facts.join("\n"));
  assert.ok(output.subarray(-input.length).equals(input), "standard output");
  const errors = snapvm.stderr.bytes;
  assert.equal(errors.subarray(0, -input.length).toString(), "reopened\n");
  assert.ok(errors.subarray(-input.length).equals(input), "standard error");
  assert.equal(result.status, status);
  assert.deepEqual(await fingerprint(snapshot), before);
  return result.leftBehind;
}
