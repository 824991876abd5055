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
const SYSTEM = [
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

/** Layers of nothing but very many files, which are packed and removed as packages are. */
const PACKAGES = [
  download("papirus-icon-theme"),
  download(
    "libboost1.74-dev golang-1.19-src " +
      "$(apt-cache --names-only search '^linux-headers-6[.]1[.]0-.*-common$' | cut -d' ' -f1 | sort | tail -n 3)",
  ) +
  `# An icon is replaced by a folder, another by nothing.
   find "$1/usr/share/icons" -name "*.svg" | sort | awk 'NR % 97 == 0' | while read -r path; do
     rm "$path"; mkdir "$path"; echo inner >"$path/inner"
   done`,
  `find "$1/usr" ! -type d | sort | awk 'NR % 23 == 0' | tr "\\n" "\\0" | xargs -0 rm
   rm -r "$1/usr/share/icons/Papirus/22x22"
   find "$1/usr/share/icons" -type f | sort | awk 'NR % 31 == 0' | tr "\\n" "\\0" |
     xargs -0 chmod 0604`,
];

/** Unpacks packages, whose names the shell expands. */
function download(packages: string): string {
  return `cd "$2"
   apt-get -q -q download ${packages}
   for package in *.deb; do dpkg-deb -x "$package" "$1"; done
   rm *.deb
  `;
}

/**
 * Makes an OCI layout with a Debian in three layers: the base, its services, and a kernel with what is removed again as
 * whiteouts. Only root can.
 *
 * @param layout Where it is made; it must not exist.
 * @param work An empty folder for what comes up on the way.
 */
export async function makeDebianLayout(layout: string, work: string): Promise<void> {
  await makeLayout(layout, work, SYSTEM);
}

/** Makes an OCI layout with some 150,000 files of packages, of which the upper layers replace and remove some. */
export async function makePackagesLayout(layout: string, work: string): Promise<void> {
  await makeLayout(layout, work, PACKAGES);
}

/** Makes a layer of what each of the scripts changes in the folder `$1`. */
async function makeLayout(layout: string, work: string, steps: readonly string[]): Promise<void> {
  const image = `${layout}:latest`;
  const bundle = join(work, "bundle");
  const rootfs = join(bundle, "rootfs");
  const downloads = join(work, "downloads");
  await Deno.mkdir(downloads);
  await runProgram("umoci", ["init", "--layout", layout]);
  await runProgram("umoci", ["new", "--image", image]);
  await runProgram("umoci", ["unpack", "--image", image, bundle]);
  for (const step of steps) {
    await runProgram("sh", ["-euc", step, "sh", rootfs, downloads], {
      env: { DEBIAN_FRONTEND: "noninteractive" },
    });
    await runProgram("umoci", ["repack", "--refresh-bundle", "--image", image, bundle]);
  }
  await runProgram("umoci", ["gc", "--layout", layout]);
}
