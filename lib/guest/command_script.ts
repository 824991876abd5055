import type { GuestCommand } from "./guest_command.ts";
import { quoteForShell } from "./quote_for_shell.ts";

/**
 * The shell text that runs the command. The command gets pipes, because `/dev/stdout` would open a port a second time,
 * which ports do not allow.
 *
 * Only the command writes to the pipes, and then comes the end mark. A process of its own writes it, and tries again
 * until it succeeds, because the command may have left the pipe non-blocking and full. The two halves of the mark are
 * apart in the text, so that a command that prints this file does not print the mark.
 *
 * The processes that feed the input and relay the output may never end, if the command does not read or leaves a
 * process behind. So nothing may come after them.
 */
export function commandScript(command: GuestCommand, mark: readonly [string, string]): string {
  const environment = Object.entries(command.environment ?? {});
  return `\
export HOME=/root USER=root LOGNAME=root SHELL=/bin/sh TERM=dumb
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
${environment.map(([name, value]) => `export ${name}=${quoteForShell(value)}\n`).join("")}\
cd /root 2>&9 || cd /
unset OLDPWD INVOCATION_ID JOURNAL_STREAM SYSTEMD_EXEC_PID

mark_end() {
  until printf '%s-%s %s\\n' '${mark[0]}' '${mark[1]}' "$1" | cat 2>&9; do
    pause
  done
}

# The input is in frames: a line with their size, and so many bytes; one without any is the end.
feed_input() {
  while read -r size && [ "$size" -gt 0 ]; do
    dd bs="$size" count=1 iflag=fullblock || return
  done
}

run_command() {
  exec 2>&7 3>&- 4<&- 5>&- 6>&- 7>&- 9>&-
  exec ${command.arguments.map(quoteForShell).join(" ")}
}

# Scripts count on these; udev makes them, and so does every container runtime.
[ -e /dev/fd ] || ln -s /proc/self/fd /dev/fd
number=0
for stream in stdin stdout stderr; do
  [ -e /dev/$stream ] || ln -s /proc/self/fd/$number /dev/$stream
  number=$((number + 1))
done 2>&9

tell command
{
  feed_input <&4 2>&9 3>&- 5>&- 6>&- 7>&- | {
    (run_command)
    status=$?
    mark_end "$status"
    mark_end "$status" >&7
  } | cat >&5 3>&- 4<&- 6>&- 7>&-
} 7>&1 | cat >&6 3>&- 4<&- 5>&-
`;
}
