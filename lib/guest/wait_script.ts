/**
 * Waits until the guest is up.
 *
 * systemd says when it has finished. In emergency and rescue mode it never does; these are recognized by the control
 * groups of their services. Any other init counts as finished when it has not started or ended a process for half a
 * second. Neither wait is endless, because a command must not wait for ever for a unit that hangs. Two minutes are more
 * than the 90 seconds that systemd itself gives a unit.
 */
export const WAIT_SCRIPT = `\
# systemd makes the folder only a while after it was started.
is_systemd() {
  [ -d /run/systemd/system ] || [ /proc/1/exe -ef /usr/lib/systemd/systemd ] ||
    [ /proc/1/exe -ef /lib/systemd/systemd ]
}

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
    # Before /proc was mounted, it was too early to see that it is systemd.
    is_systemd && await_systemd && return
  done
}

if is_systemd; then await_systemd; else await_other_init; fi
tell ready
`;
