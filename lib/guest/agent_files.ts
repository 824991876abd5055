import { HOST_SCRIPT } from "./host_script.ts";
import type { GuestFile } from "./guest_file.ts";

/**
 * The first process of any other initramfs: it starts the agent in a small root of its own and becomes the image's
 * init.
 *
 * `switch_root` removes the initramfs's files, but does not cross into other filesystems. So the agent's root is a
 * tmpfs with the few tools that it needs and their libraries bind-mounted into it: a mounted file outlives its name.
 * The tmpfs is mounted at the top because klibc's run-init gives up if it cannot remove a folder around a mount. A tool
 * without a file of its own is an applet of busybox.
 *
 * A shell makes its background processes ignore SIGINT and SIGQUIT for ever, and the command would inherit that. So the
 * agent is started in the foreground, and lets this script go on by killing the shell in between.
 */
const INIT_SCRIPT = `\
#!/bin/sh
PATH=/usr/sbin:/usr/bin:/sbin:/bin
small=/snapvm-root

keep() {
  [ -e "$small$2" ] && return
  mkdir -p "$small\${2%/*}" && : >"$small$2" && mount -o bind "$1" "$small$2"
}

keep_tool() {
  for folder in /bin /sbin /usr/bin /usr/sbin; do
    [ -x "$folder/$1" ] && keep "$folder/$1" "/bin/$1" && return
  done
  for folder in /bin /sbin /usr/bin /usr/sbin; do
    [ -x "$folder/busybox" ] && keep "$folder/busybox" "/bin/$1" && return
  done
}

make_small_root() {
  mkdir -p "$small"
  mount -t tmpfs -o mode=0700 snapvm "$small"
  mkdir -p "$small/proc" "$small/sys" "$small/dev"
  mount -t proc proc "$small/proc"
  mount -t sysfs sysfs "$small/sys"
  mount -t devtmpfs devtmpfs "$small/dev"
}

start() {
  read -r uptime rest <"$small/proc/uptime"
  echo "$uptime" >"$small/initramfs"
  for module in /snapvm/modules/*; do
    [ -e "$module" ] && insmod "$module"
  done
  for tool in sh cat chroot sleep; do
    keep_tool "$tool"
  done
  # The libraries: the dynamic loader of glibc lists them, those of musl and klibc are the one library themselves.
  for library in /lib/ld-* /lib64/ld-* /lib/klibc-* \\
    $(for tool in sh cat chroot sleep; do
      LD_TRACE_LOADED_OBJECTS=1 "$small/bin/$tool" <"$small/dev/null"
    done); do
    case $library in /*) [ -f "$library" ] && keep "$library" "$library" ;; esac
  done
  cat /snapvm/agent >"$small/agent"
  cat /snapvm/guest >"$small/guest"
  sh -c 'chroot /snapvm-root /bin/sh /agent; :'
}

# If the driver of the console is a module, the kernel starts us without standard streams. Shells and inits would
# take the next files that they open for these.
open_streams() {
  [ -e "$small/proc/self/fd/0" ] && return
  console="$small/dev/console"
  (: <>"$console") 2>"$small/dev/null" || console="$small/dev/null"
  exec <>"$console" >&0 2>&1
}

make_small_root
start <"$small/dev/null" >"$small/dev/null" 2>&1
open_streams
exec /init "$@"
`;

/**
 * Waits beside the image's init until the init has switched to the root filesystem, where process 1 no longer sees the
 * folder `/snapvm-root`, and runs the rest there. A shell that stays open means that the initramfs has given up.
 */
const AGENT_SCRIPT = `\
kill -9 "$PPID"
PATH=/bin
exec 9<>/dev/null
${HOST_SCRIPT}
shell_is_open() {
  for process in /proc/[0-9]*; do
    arguments=
    read -r arguments 2>&9 <"$process/cmdline"
    # The arguments as they are read here stand without a space between them.
    case \${arguments##*/} in
      sh | ash | bash | sh-i | ash-i | bash-i | sh-i-l) return 0 ;;
    esac
  done
  return 1
}

read_init() {
  init=
  read -r init 2>&9 </proc/1/cmdline
}

# Whether process 1 is still what it was in the initramfs, or only on its way to the root filesystem's init.
init_is_old() {
  read_init
  case $init in "$old_init" | *switch_root* | *run-init*) ;; *) return 1 ;; esac
}

connected=
connect() {
  [ -n "$connected" ] && return
  find_port snapvm.control || return
  exec 3>"$device"
  connected=yes
  read -r initramfs </initramfs
  tell_initramfs "$initramfs"
}

ticks=0 open_for=0
while [ -d /proc/1/root/snapvm-root ]; do
  connect
  read_init
  old_init=$init
  ticks=$((ticks + 1))
  if [ $((ticks % 10)) -eq 0 ] && [ -n "$connected" ]; then
    if shell_is_open; then open_for=$((open_for + 1)); else open_for=0; fi
    [ "$open_for" -eq 3 ] && tell failure initramfs-shell
  fi
  pause
done

ticks=0
while init_is_old && [ "$ticks" -lt 100 ]; do
  ticks=$((ticks + 1))
  pause
done
read -r userspace rest </proc/uptime
await_port snapvm.control
connect
tell_since userspace "$userspace"
`;

/** The last step of the agent. The script is its standard input, because the root filesystem has no file of ours. */
const ENTER_SCRIPT = `\
exec chroot /proc/1/root /bin/sh </guest
`;

/**
 * The files of a guest without systemd in its initramfs.
 *
 * @param openPorts Shell text that opens the command's ports.
 * @param rootScript Shell text that runs in the root filesystem.
 * @returns The files.
 */
export function agentFiles(openPorts: string, rootScript: string): GuestFile[] {
  return [
    { path: "/snapvm/init", mode: 0o755, content: INIT_SCRIPT },
    { path: "/snapvm/agent", mode: 0o600, content: AGENT_SCRIPT + openPorts + ENTER_SCRIPT },
    { path: "/snapvm/guest", mode: 0o600, content: HOST_SCRIPT + rootScript },
  ];
}
