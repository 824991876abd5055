import type { GuestCommand } from "./guest_command.ts";
import { quoteForShell } from "./quote_for_shell.ts";

/**
 * Waits until the guest is up.
 *
 * systemd says itself when it has finished; emergency and rescue mode, where it never does, are recognized by the
 * control groups of their services. Any other init is taken to have finished when it has not started or ended a
 * process for half a second. Neither is waited for without end: a command must not wait for ever for a unit that
 * hangs, and 120 seconds are more than the 90 that systemd itself gives a unit.
 */
const WAIT_SCRIPT = `\
watch_systemd() {
  until case $(systemctl is-system-running --wait) in running | degraded) ;; *) false ;; esac; do
    sleep 1
  done
  echo up
}

# An empty line each second, so that this process ends soon after nobody reads it.
watch_modes() {
  ticks=0
  while [ "$ticks" -lt 120 ]; do
    for slice in /sys/fs/cgroup/system.slice /sys/fs/cgroup/systemd/system.slice; do
      for mode in emergency rescue; do
        [ -d "$slice/$mode.service" ] && echo "failure $mode"
      done
    done
    echo
    ticks=$((ticks + 1))
    sleep 1
  done
  echo late
}

first_event() {
  event=
  while [ -z "$event" ]; do read -r event || return; done
  echo "$event"
}

await_systemd() {
  event=$({
    watch_systemd <&9 2>&9 &
    watch_modes <&9 2>&9 &
  } 3>&- 4<&- 5>&- 6>&- | first_event)
  case $event in failure*)
    tell "$event"
    exit 1 ;;
  esac
}

list_processes() {
  processes=
  for process in /proc/[0-9]*; do
    arguments=
    read -r arguments 2>&9 <"$process/cmdline"
    # A kernel thread has no arguments.
    [ -z "$arguments" ] || processes="$processes $process"
  done
}

await_other_init() {
  tries=0 quiet=0 before=
  until [ "$quiet" -ge 5 ] || [ "$tries" -ge 1200 ]; do
    list_processes
    if [ -n "$processes" ] && [ "$processes" = "$before" ]; then
      quiet=$((quiet + 1))
    else
      quiet=0
    fi
    before=$processes
    tries=$((tries + 1))
    pause
    # It may have been too early to see that it is systemd.
    [ -d /run/systemd/system ] && await_systemd && return
  done
}

if [ -d /run/systemd/system ]; then await_systemd; else await_other_init; fi
tell ready
`;

/**
 * Runs the command between pipes, because a port cannot be opened a second time as `/dev/stdout` would.
 *
 * Only the command writes to the pipes, and after it the end mark: in a process of its own, and again until it went
 * through, since the command may have made the pipe non-blocking and left it full. The two halves of the mark stand
 * apart here, so that a command which prints this file does not print the mark.
 *
 * What feeds the input and relays the output may never end, because of a command that does not read or a process that
 * it left behind. Nothing comes after them.
 */
function commandScript(command: GuestCommand, mark: readonly [string, string]): string {
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

run_command() {
  exec 2>&7 3>&- 4<&- 5>&- 6>&- 7>&- 9>&-
  exec ${command.arguments.map(quoteForShell).join(" ")}
}

tell command
{
  cat <&4 2>&9 3>&- 5>&- 6>&- 7>&- | {
    (run_command)
    status=$?
    mark_end "$status"
    mark_end "$status" >&7
  } | cat >&5 3>&- 4<&- 6>&- 7>&-
} 7>&1 | cat >&6 3>&- 4<&- 5>&-
`;
}

/**
 * The script that runs in the guest's root filesystem as root, under systemd or under the agent. It finds the
 * functions of `HOST_SCRIPT`, and open: 3 the control port, 9 `/dev/null`, and for a command 4, 5 and 6, the ports of
 * its input, output and error output.
 */
export function rootScript(
  command: GuestCommand | undefined,
  mark: readonly [string, string],
): string {
  return command === undefined ? WAIT_SCRIPT : WAIT_SCRIPT + commandScript(command, mark);
}
