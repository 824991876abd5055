import { type ErrorCode, type ErrorData, SnapvmError } from "../error/mod.ts";
import { adviceOf, CommandFailure } from "../ui/mod.ts";
import {
  bringAdvice,
  choosePlatformAdvice,
  deleteAdvice,
  pullAdvice,
  replaceAdvice,
  unpackAdvice,
} from "./advice/image_commands.ts";

const MIB = 2 ** 20;

/** Debian's and Fedora's names for the packages that have QEMU for a guest's processor. */
const QEMU_PACKAGES = {
  x86_64: { debian: "qemu-system-x86", fedora: "qemu-system-x86-core" },
  aarch64: { debian: "qemu-system-arm", fedora: "qemu-system-aarch64-core" },
} as const;

/** What to do about a machine that does not start. */
const START_ADVICE = {
  "no-user-network": "This QEMU was built without user mode networking (slirp). Install your " +
    "distribution's QEMU, or set QEMU_BIN to one that has it.",
  "no-memory": "Give the machine less memory, for example --memory 1G.",
  "no-kvm": "Run without it: --accel tcg.",
  "image-in-use": "Another program is writing to the image: wait until it is done.",
  "not-entitled": "snapvm doctor --fix makes a copy of the program that has this entitlement.",
  "no-virtualization": "QEMU can emulate: --backend qemu.",
} as const;

/** What to do about each failure: one or two sentences, or nothing if there is nothing better than the message. */
const ADVICE: { readonly [Code in ErrorCode]?: (data: ErrorData[Code]) => string | undefined } = {
  // The operating system and the filesystem (lib/host, lib/ext4)

  "disk-full": ({ path }) => `Make room where ${path} is, and try again.`,

  // Names and documents of images (lib/oci)

  "invalid-platform": () =>
    "Write os/architecture or os/architecture/variant: linux/arm64, linux/amd64.",
  "unsupported-layer": ({ encrypted }) =>
    encrypted ? "`skopeo copy --decryption-key KEY` makes an image of it that is not." : undefined,
  "corrupt-layer": ({ rule }) =>
    `The image itself is at fault: its layer breaks the rule \`${rule}\` of docs/layers.md.`,

  // Where images come from (lib/oci/source)

  "unknown-source": () => "An ext4 filesystem needs no import: name it by its path, `./FILE`.",
  "image-not-in-source": () =>
    "Name one of them behind the path: `oci:DIR:NAME`, `oci-archive:FILE:NAME` or " +
    "`docker-archive:FILE:NAME`.",
  "blob-not-found": () => "Bring the image again, or choose a platform that is there whole.",
  "program-not-found": ({ program }) =>
    program === "tar"
      ? "Install GNU tar."
      : `Install ${program}, or let it save the image where it is, and import the file.`,
  "program-failed": ({ program }) =>
    program === "podman" || program === "docker"
      ? `\`${program} images\` lists the images that it has.`
      : undefined,

  // Registries (lib/oci/registry)

  "registry-error": ({ registry, status, codes }) => {
    const host = registry === "registry-1.docker.io" ? "docker.io" : registry;
    if (status === 429 || codes.includes("TOOMANYREQUESTS")) {
      return "Wait until the registry's limit has passed, or log in to it: who is known may pull more.";
    }
    if (status === 401 || status === 403) {
      return `If the name is right, log in: \`podman login ${host}\` or \`docker login ${host}\`.`;
    }
    if (status === 404) return "Look up its name and its tag: it may have been moved or removed.";
    return status >= 500 ? "Try again later: the fault is the registry's." : undefined;
  },
  "registry-unreachable": ({ registry, reason }) => {
    switch (reason) {
      case "certificate":
        return "Name its authority's certificate: --ca-file FILE, or put it into " +
          `/etc/containers/certs.d/${registry}/ca.crt.`;
      case "not-http":
        return "If it speaks plain HTTP and you trust the network, say so: --plain-http, or " +
          "`insecure = true` in registries.conf.";
      case "interrupted":
      case "stalled":
        return "Try again: what has arrived is kept.";
      default:
        return "Look at the name and the network. Proxies are those of HTTPS_PROXY and NO_PROXY.";
    }
  },
  "registry-blocked": ({ path }) => `Change that in ${path}, or pull from another registry.`,

  // Images and snapshots in stores (lib/store)

  "home-unknown": () => "Set SNAPVM_HOME to the folder in which snapvm may keep its data.",
  "store-not-found": () =>
    "A store is a folder with `state.json` and `snapshots` in it, as snapvm and `container` keep it.",
  "store-unreadable": () =>
    "If `container` is at work, try again. `container image list` shows whether it can read it itself.",
  "image-not-found": ({ image, reason, similar }) => {
    switch (reason) {
      case "file":
        return `There is a file of this name: write \`./${image}\`.`;
      case "malformed":
        return "An image is a reference such as `quay.io/example/os:1`, a digest, or a path: `./file`.";
      case "absent":
        return similar.length > 0
          ? `Did you mean ${similar.map((reference) => `\`${reference}\``).join(" or ")}?`
          : bringAdvice(image);
    }
  },
  "not-an-image": ({ mediaType }) =>
    /helm|wasm|artifact|empty/.test(mediaType)
      ? "It is another kind of artifact: nothing in it can be booted."
      : undefined,
  "store-busy": () => "Try again when that is done.",
  "snapshot-in-use": () => "End the machine first.",
  "ambiguous-digest": () => "Write more of its digits.",
  "platform-not-found": ({ named, unpacked, first }) => {
    if (named === "digest") return "Leave `--platform` out.";
    if (unpacked.length > 0) return choosePlatformAdvice(unpacked);
    return first === undefined
      ? "It is not an image of an operating system. `snapvm images` lists what there is."
      : pullAdvice(first);
  },
  "snapshot-not-found": ({ image, pulled, unpacked }) => {
    if (image === undefined) return "`snapvm images` lists what there is.";
    const make = pulled ? unpackAdvice(image) : pullAdvice(image);
    return unpacked.length > 0 ? `${choosePlatformAdvice(unpacked)} ${make}` : make;
  },
  "snapshot-broken": ({ store, image }) => image ? replaceAdvice(image) : deleteAdvice(store),
  "image-unreadable": ({ image }) => pullAdvice(image),

  // The operating system
  "unwritable": ({ isSpecial }) =>
    isSpecial
      ? "Name a file, or one that is not there yet."
      : "Name a place in a folder that exists and that you can write to.",
  "folder-not-private": ({ path, isOwn }) =>
    isOwn
      ? `Take the right away from them: chmod go-w ${path}.`
      : `Take it into your own hands (chown "$USER" and chmod 700), or remove it: ${path}`,

  // Kernels (lib/boot)

  "no-kernel": ({ withoutInitramfs }) =>
    withoutInitramfs.length > 0
      ? "Make the initramfs when the image is built, for example with `dracut --no-hostonly --kver VERSION` " +
        "or `update-initramfs -c -k VERSION`."
      : "Most container images carry no kernel. Use one that is made to be booted (such as " +
        "quay.io/fedora/fedora-bootc), or install the distribution's kernel and initramfs when the image is built.",
  "no-such-kernel": () =>
    "Give --kernel one of these versions or paths, or leave it out for the first of them.",
  "unsupported-kernel": () =>
    "Put a kernel into the image that is an x86 bzImage or an arm64 Image; packed with gzip, zstd, " +
    "xz or lz4, as EFI zboot or in a UKI is fine. Or choose another kernel of the image with --kernel.",
  "wrong-machine": ({ platform }) =>
    `Give --platform ${platform} for a machine that fits this kernel, or choose another one of the image with --kernel.`,
  "unpassable-argument": () =>
    "Leave the quotes out: a value with spaces is put into quotes if the kernel needs them.",
  "command-line-too-long": ({ user, image, own }) =>
    `Shorten what --karg gives (${user} bytes) or what the image brings along ` +
    `(${image} bytes); the rest is ${own} bytes.`,

  // Programs that macOS lets use Virtualization.framework
  "entitlement-missing": ({ program, reason }) => {
    switch (reason) {
      case "signature-lost":
        return `Remove it and try again, or run with --backend qemu: rm ${
          JSON.stringify(program)
        }.`;
      case "unsignable":
        return "Install Apple's Command Line Tools (xcode-select --install) and try again, " +
          "or run with --backend qemu.";
      case "not-granted":
        return undefined;
    }
  },

  // Machines
  "hypervisor-not-found": ({ architecture, qemuBin }) => {
    if (qemuBin !== undefined) {
      return "Set QEMU_BIN to an existing QEMU, or unset it to search PATH.";
    }
    const { debian, fedora } = QEMU_PACKAGES[architecture as keyof typeof QEMU_PACKAGES];
    return `Install QEMU. Debian and Ubuntu: apt-get install --no-install-recommends ${debian}. ` +
      `Fedora: dnf install ${fedora}. macOS: brew install qemu.`;
  },
  "acceleration-unavailable": ({ available }) => `Leave --accel out, or give --accel ${available}.`,
  "processor-unsupported": () =>
    "Emulate it with --backend qemu, or take the image for this Mac's processor with --platform.",
  "virtualization-unavailable": () =>
    "It needs Apple silicon or an Intel processor with VT-x, and in a virtual machine nested virtualization. " +
    "QEMU can emulate: --backend qemu.",
  "library-unloadable": () =>
    "It needs macOS 13 or newer. With an older one QEMU can run the image: --backend qemu.",
  "library-damaged": () => "Install snapvm again.",
  "machine-size-unsupported": ({ resource, requested, minimum, maximum }) => {
    const nearest = requested < minimum ? minimum : maximum;
    const value = resource === "cpus" ? nearest : `${Math.floor(nearest / MIB)}M`;
    return `Give it another number: --${resource} ${value}.`;
  },
  "host-too-small": ({ resource, available }) => {
    const most = resource === "cpus" ? available : `${Math.floor(available / MIB)}M`;
    return `Give it less: --${resource} ${most} is the most.`;
  },
  "network-cards-taken": () => "End one of them.",
  "machine-start-failed": ({ reason }) => reason && START_ADVICE[reason],
  "clone-failed": ({ isFull }) =>
    isFull
      ? "Make room, or have snapvm keep its files where the image is: set SNAPVM_HOME to a folder there."
      : undefined,
  "share-not-mounted": ({ type }) =>
    type === "9p"
      ? "The guest's kernel needs the module 9pnet_virtio. Install virtiofsd on this host: more kernels know virtiofs."
      : "The guest's kernel needs the module virtiofs (Linux 5.4 or newer).",
  "disk-unusable": ({ reason, path }) => {
    switch (reason) {
      case "missing":
        return `Make it first: truncate -s 10G ${JSON.stringify(path)}. ` +
          "Behind a file's name with a colon write :rw.";
      case "disguised":
        return "If you made it, give it a name that ends in .qcow2.";
      case "format":
        return "`qemu-img convert` makes a raw or a qcow2 image of other formats.";
      case "no-permission":
        return "If the guest need not write to it, put :ro behind its name.";
      case "not-a-file":
        return undefined;
    }
  },
  "machine-not-found": ({ machines }) =>
    machines.length === 0
      ? "`snapvm ps` lists the machines that there are."
      : `There ${machines.length === 1 ? "is" : "are"}: ${machines.slice(0, 10).join(", ")}.`,
  "machine-exists": ({ name }) => `Choose another name, or remove that one: snapvm rm ${name}.`,
  "machine-running": ({ name }) => `Stop it first: snapvm stop ${name}.`,
  "machine-not-running": ({ name }) => `If it is kept, start it: snapvm start ${name}.`,
  "machine-damaged": ({ name }) => `If nothing of it is needed any more: snapvm rm ${name}.`,
  "supervisor-lost": () => "`snapvm ps` says what has become of the machine.",
  "port-taken": ({ port, inUse }) =>
    inUse
      ? "Choose another port of the host, or 0 for any that is free."
      : port > 0 && port < 1024
      ? "Choose a port of the host above 1023."
      : undefined,

  // From an image to a machine
  "share-unusable": ({ reason }) =>
    reason === "missing"
      ? "Make the folder first: --volume shares what is there, and makes nothing on the host."
      : undefined,
  "disk-too-small": ({ minimum }) =>
    `Leave --disk-size out, or give more than ${Math.floor(minimum / MIB)}M.`,
  "disk-not-growable": () => "Attach another disk: --disk FILE.",
  "ignition-unusable": ({ reason }) =>
    reason === "not-json" ? "`butane FILE` makes one of a Butane configuration." : undefined,
  "ignition-not-supported": () =>
    "Ignition is in images such as quay.io/fedora/fedora-coreos. Others can be set up with " +
    "--volume and a command.",
  "place-taken": () => "Give one of them another one.",
  "no-selinux-policy": () => "Leave --selinux out, or install a policy in the image.",
  "invalid-selinux-policy": () =>
    "Leave --selinux out, or mend the policy when the image is built.",
  "unbootable-platform": ({ unpacked }) => {
    const choose = unpacked.length > 0
      ? choosePlatformAdvice(unpacked)
      : "`snapvm images` lists the images that there are, and their platforms.";
    return `snapvm boots images for linux/amd64 and linux/arm64. ${choose}`;
  },
  "home-unwritable": () => "Set SNAPVM_HOME to a folder that you can write to.",
  "backend-unavailable": () => "Leave --backend out: QEMU runs the image here.",
  "acceleration-not-for-backend": () => "Leave --accel out, or add --backend qemu.",
  "guest-failed": () => "Run the image without a command to look around on its console.",
};

/** What a person can do about an error, in one or two sentences; `undefined` if nothing is known. */
export function adviceFor(error: unknown): string | undefined {
  if (error instanceof CommandFailure) return error.advice ?? adviceFor(error.cause);
  if (!(error instanceof SnapvmError)) return error instanceof Error ? adviceOf(error) : undefined;
  const { code, data }: SnapvmError = error;
  const advise = ADVICE[code] as ((data: unknown) => string | undefined) | undefined;
  return advise?.(data);
}
