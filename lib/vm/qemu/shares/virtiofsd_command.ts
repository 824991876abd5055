import type { ShareSpecification } from "../../machine.ts";
import type { Virtiofsd } from "./virtiofsd.ts";

/**
 * Makes a folder read only for a server that cannot refuse writes: a mount of the folder on itself that only the server
 * sees. What else is mounted below the folder is not there then, so nothing of it is writable.
 */
const READ_ONLY_SCRIPT = `\
mount --bind -- "$1" "$1"
mount -o remount,bind,ro -- "$1"
shift
exec "$@"
`;

/**
 * The command that serves a share, with the least that the server needs.
 *
 * @param virtiofsd The server.
 * @param share The share.
 * @param socket Where QEMU will connect.
 * @returns The program and its arguments; `undefined` if this server cannot do it.
 */
export function virtiofsdCommand(
  virtiofsd: Virtiofsd,
  { source, readOnly }: ShareSpecification,
  socket: string,
): readonly [program: string, ...args: string[]] | undefined {
  const { program, generation, hasReadOnly, sandbox, user, unshare } = virtiofsd;
  const args = generation === "c"
    ? [
      "-f",
      `--socket-path=${socket}`,
      ...["-o", `source=${fuseValue(source)}`],
      ...["-o", `sandbox=${sandbox}`],
      ...["-o", "log_level=err"],
    ]
    : [
      `--socket-path=${socket}`,
      `--shared-dir=${source}`,
      `--sandbox=${sandbox}`,
      "--log-level=error",
      // Who starts it is the guest's root; there is nobody else that it could be on the host.
      ...(user.uid === 0 ? [] : [`--uid-map=:0:${user.uid}:1:`, `--gid-map=:0:${user.gid}:1:`]),
      ...(readOnly && hasReadOnly ? ["--readonly"] : []),
    ];
  if (!readOnly || generation === "rust" && hasReadOnly) return [program, ...args];
  if (unshare === undefined) return undefined;
  return [
    unshare,
    ...["--mount", "--propagation", "private", "--"],
    ...["sh", "-ec", READ_ONLY_SCRIPT, "sh", source],
    ...[program, ...args],
  ];
}

/** A value in libfuse's options: a backslash keeps a comma and itself. */
function fuseValue(text: string): string {
  return text.replaceAll(/[\\,]/g, "\\$&");
}
