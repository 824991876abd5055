/**
 * The shell functions of every script in the guest. They find the virtio console ports and talk to the host. File
 * descriptor 3 is the control port, and 9 is `/dev/null`, which a root filesystem may not have.
 *
 * udev's `/dev/virtio-ports/` may be missing, but the kernel's own names are always there (Linux's
 * `Documentation/ABI/testing/sysfs-class-virtio-ports`). Only one process at a time can have a port open.
 */
export const HOST_SCRIPT = `\
# A tenth of a second, or the shortest time that this sleep knows.
pause() {
  sleep 0.1 2>&9 || sleep 1
}

# find_port NAME: sets $device to the device of that port.
find_port() {
  for port in /sys/class/virtio-ports/*; do
    name=
    read -r name 2>&9 <"$port/name"
    device=/dev/\${port##*/}
    [ "$name" = "$1" ] && [ -c "$device" ] && return
  done
  return 1
}

# await_port NAME: the same, but gives the kernel a minute to find the port and to load its driver.
await_port() {
  tries=0
  until find_port "$1"; do
    tries=$((tries + 1))
    [ "$tries" -lt 600 ] || exit 1
    pause
  done
}

# tell WORD...: one line to the host.
tell() {
  echo "$*" >&3
}

# tell_initramfs UPTIME: that the initramfs was reached, and a word that no two boots have in common.
tell_initramfs() {
  boot_id=
  read -r boot_id 2>&9 </proc/sys/kernel/random/boot_id
  tell boot "$boot_id"
  tell_since initramfs "$1"
}

# tell_since STAGE UPTIME: a stage that was reached when the guest was UPTIME seconds old.
tell_since() {
  read -r uptime rest </proc/uptime
  tell "$1" "$2" "$uptime"
}
`;

/** Opens the ports of a command. */
export const COMMAND_PORTS_SCRIPT = `\
await_port snapvm.stdin && exec 4<"$device"
await_port snapvm.stdout && exec 5>"$device"
await_port snapvm.stderr && exec 6>"$device"
`;
