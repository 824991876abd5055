import { HOST_SCRIPT } from "./host_script.ts";
import type { GuestFile } from "./guest_file.ts";

/**
 * The first process of a systemd initramfs: it copies `/snapvm/run` into `/run`, which survives the switch to the root
 * filesystem, and becomes the image's own init. systemd keeps a `/run` that is already mounted; the mount options are
 * the ones that it would use.
 */
const INIT_SCRIPT = `\
#!/bin/sh
PATH=/usr/sbin:/usr/bin:/sbin:/bin
mkdir -p /proc /run
mount -t proc -o nosuid,noexec,nodev proc /proc
mount -t tmpfs -o mode=0755,nosuid,nodev,strictatime,size=20%,nr_inodes=800k tmpfs /run
cp -r /snapvm/run/. /run/
for module in /snapvm/modules/*; do
  [ -e "$module" ] && insmod "$module" 2>&-
done
read -r uptime rest </proc/uptime
echo "$uptime" >/run/snapvm/initramfs
exec /init "$@"
`;

/** The program of `snapvm.service`. */
const SERVICE_SCRIPT = `\
exec 9<>/dev/null
${HOST_SCRIPT}
read -r userspace rest </proc/uptime
await_port snapvm.control && exec 3>"$device"
read -r initramfs </run/snapvm/initramfs
tell_initramfs "$initramfs"
tell_since userspace "$userspace"
`;

/** The program of `snapvm-failure@.service`; its argument is the mode. */
const FAILURE_SCRIPT = `\
exec 9<>/dev/null
${HOST_SCRIPT}
await_port snapvm.control && exec 3>"$device"
read -r initramfs </run/snapvm/initramfs
tell_initramfs "$initramfs"
tell failure "$1"
`;

/**
 * Starts with the first jobs of the root filesystem's systemd, whatever its target is, so that a boot that hangs does
 * not hold it up; it waits until the system is up by itself. The command runs like a login: without a limit on its
 * tasks, with a control group of its own that it may divide, and with the default `SIGPIPE`.
 */
const SERVICE_UNIT = `\
[Unit]
Description=Channel to snapvm
DefaultDependencies=no
IgnoreOnIsolate=yes
ConditionPathExists=!/etc/initrd-release

[Service]
Type=exec
ExecStart=/bin/sh /run/snapvm/service
IgnoreSIGPIPE=no
Delegate=yes
TasksMax=infinity
OOMPolicy=continue
`;

const FAILURE_UNIT = `\
[Unit]
Description=Report of %i mode to snapvm
DefaultDependencies=no
IgnoreOnIsolate=yes
ConditionPathExists=/etc/initrd-release

[Service]
Type=exec
ExecStart=/bin/sh /run/snapvm/failure %i
`;

function wants(...units: string[]): string {
  return `[Unit]\nWants=${units.join(" ")}\n`;
}

/**
 * The files of a guest with systemd in its initramfs. The initramfs's systemd and the root filesystem's both see all
 * units, but each unit starts in only one of the two.
 *
 * dracut has an emergency service of its own beside systemd's.
 *
 * @param openPorts Shell text that opens the command's ports.
 * @param rootScript Shell text that runs in the root filesystem.
 * @returns The files.
 */
export function systemdFiles(openPorts: string, rootScript: string): GuestFile[] {
  const script = (name: string, content: string): GuestFile => ({
    path: `/snapvm/run/snapvm/${name}`,
    mode: 0o600,
    content,
  });
  const unit = (name: string, content: string): GuestFile => ({
    path: `/snapvm/run/systemd/system/${name}`,
    mode: 0o644,
    content,
  });
  return [
    { path: "/snapvm/init", mode: 0o755, content: INIT_SCRIPT },
    script("service", SERVICE_SCRIPT + openPorts + rootScript),
    script("failure", FAILURE_SCRIPT),
    unit("snapvm.service", SERVICE_UNIT),
    unit("snapvm-failure@.service", FAILURE_UNIT),
    unit("sysinit.target.d/snapvm.conf", wants("snapvm.service")),
    unit("emergency.target.d/snapvm.conf", wants("snapvm.service", failure("emergency"))),
    unit("rescue.target.d/snapvm.conf", wants("snapvm.service", failure("rescue"))),
    unit("dracut-emergency.service.d/snapvm.conf", wants(failure("emergency"))),
  ];
}

function failure(mode: string): string {
  return `snapvm-failure@${mode}.service`;
}
