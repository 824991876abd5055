import { join } from "node:path";

import { runProgram } from "../../scripts/images/mod.ts";

const OPTIONS = [
  "--quiet",
  "--variant=minbase",
  "--dpkgopt=force-unsafe-io",
  ...["doc", "man", "locale"].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`),
  '--customize-hook=: >"$1/etc/machine-id"; echo debian >"$1/etc/hostname"',
];
const APT = "apt-get -q -q -y --no-install-recommends -o DPkg::Lock::Timeout=60";

/** What is done to the system for each layer, with its folder as `$1`. */
const STEPS = [
  // Debian bookworm whatever the host is: the same packages everywhere.
  `mmdebstrap ${OPTIONS.map((option) => `'${option}'`).join(" ")} bookworm "$1"
   cp /etc/resolv.conf "$1/etc/resolv.conf"`,
  `chroot "$1" ${APT} update
   chroot "$1" ${APT} install systemd systemd-sysv udev dbus iproute2 openssh-server perl
   chroot "$1" apt-get clean
   rm "$1"/var/lib/apt/lists/*_Packages "$1"/var/lib/apt/lists/*_Translation-*`,
  `chroot "$1" ${APT} update
   chroot "$1" ${APT} install linux-image-cloud-amd64 busybox e2fsprogs
   chroot "$1" apt-get clean
   rm -rf "$1"/var/lib/apt/lists/* "$1"/usr/share/zoneinfo/right "$1"/boot/initrd.img-*
   ln -sf ../run/resolv.conf "$1/etc/resolv.conf"`,
];

/**
 * Makes an OCI layout with a Debian in three layers: the base, its services, and a kernel with what is removed again as
 * whiteouts. Only root can.
 *
 * @param layout Where it is made; it must not exist.
 * @param work An empty folder for what comes up on the way.
 */
export async function makeDebianLayout(layout: string, work: string): Promise<void> {
  const image = `${layout}:latest`;
  const bundle = join(work, "bundle");
  const rootfs = join(bundle, "rootfs");
  await runProgram("umoci", ["init", "--layout", layout]);
  await runProgram("umoci", ["new", "--image", image]);
  await runProgram("umoci", ["unpack", "--image", image, bundle]);
  for (const step of STEPS) {
    await runProgram("sh", ["-euc", step, "sh", rootfs], {
      env: { DEBIAN_FRONTEND: "noninteractive", PATH: `${Deno.env.get("PATH")}:/usr/sbin:/sbin` },
    });
    await runProgram("umoci", ["repack", "--refresh-bundle", "--image", image, bundle]);
  }
  await runProgram("umoci", ["gc", "--layout", layout]);
}
