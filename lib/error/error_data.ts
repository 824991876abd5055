/** A failure about which there is nothing to say beyond its message. */
export type NoData = Readonly<Record<never, never>>;

/** An image in a store, for one of its platforms. */
export interface PlatformImage {
  /** The image's full reference. */
  readonly reference: string;
  /** The platform, such as `linux/arm64`. */
  readonly platform: string;
  /** Whose store it is in: that of Apple's `container`, or snapvm's own. */
  readonly store: "apple" | "snapvm";
}

/**
 * Every code that a `SnapvmError` can have, and what its `data` says. Codes are stable; messages are for people and may
 * change.
 */
export interface ErrorData {
  // The operating system (lib/host)

  /** A file or folder of this machine cannot be written. */
  readonly "unwritable": {
    readonly path: string;
    /** Whether a device, a pipe or a socket is there. */
    readonly isSpecial: boolean;
  };
  /** Another user can write to a folder whose content would be trusted. */
  readonly "folder-not-private": {
    readonly path: string;
    /** Whether the folder belongs to this user. */
    readonly isOwn: boolean;
  };

  /** There is no room left where a file is written. */
  readonly "disk-full": { readonly path: string };

  // The filesystem (lib/ext4)

  /** A filesystem contradicts itself. The class `Corrupt` says where. */
  readonly "corrupt-filesystem": NoData;
  /** A filesystem uses a feature that the reader does not know. The class `Incompatible` names it. */
  readonly "incompatible-filesystem": NoData;
  /** A file that was found in one opened filesystem was used with another one. */
  readonly "foreign-file": { /** The number of its inode. */ readonly ino: number };

  /** A filesystem that is being written has no room for what goes into it. */
  readonly "filesystem-full": {
    /** The filesystem's file. */
    readonly path: string;
    /** What there are too few of. */
    readonly resource: "blocks" | "inodes";
  };
  /** Something cannot be in an ext4 filesystem. */
  readonly "invalid-entry": {
    /** Its path in the filesystem. */
    readonly path: string;
    /** What is wrong with it. */
    readonly part:
      | "name"
      | "target"
      | "size"
      | "content"
      | "owner"
      | "mode"
      | "device"
      | "links"
      | "xattr"
      | "acl";
  };

  // Names and documents of images (lib/oci)

  /** A text is not an image reference. */
  readonly "invalid-reference": { readonly text: string };
  /** A text is not a platform. */
  readonly "invalid-platform": { readonly text: string };
  /** A text is not a digest, or not one that can be verified. */
  readonly "invalid-digest": { readonly text: string };
  /** A JSON document is not what its specification says. The class `MalformedJson` names the member at fault. */
  readonly "malformed-json": NoData;
  /** A blob's bytes do not match its digest. */
  readonly "corrupt-blob": { readonly digest: string };
  /** A layer is encrypted, or of a type that is not known. */
  readonly "unsupported-layer": {
    readonly digest: string;
    readonly mediaType: string;
    readonly encrypted: boolean;
  };
  /** A layer's bytes are those of its digest, and yet cannot be unpacked. */
  readonly "corrupt-layer": {
    readonly digest: string;
    /** The rule that it breaks, one of docs/layers.md. */
    readonly rule: string;
    /** The path of the member at fault in the layer's archive, if it is one. */
    readonly path?: string;
  };
  /** A tar archive that is no layer is damaged, or is not one. */
  readonly "corrupt-archive": {
    /** The rule that it breaks, one of docs/layers.md. */
    readonly rule: string;
    /** The path of the member at fault, if it is one. */
    readonly path?: string;
  };

  // Where images come from (lib/oci/source)

  /** A text begins as one of skopeo's transports does, but is not one that can be read. */
  readonly "invalid-transport": { readonly text: string };
  /** A file or folder is none of those that hold an image. */
  readonly "unknown-source": { readonly path: string };
  /** What holds an image is not there, cannot be read or is damaged. */
  readonly "source-unreadable": { /** As the user wrote it. */ readonly source: string };
  /** A source does not have an image of that name, or has several and none was named. */
  readonly "image-not-in-source": {
    /** The source as the user wrote it. */
    readonly source: string;
    /** What was asked for; absent if nothing was. */
    readonly wanted?: string;
    /** The first of those that it has. */
    readonly images: readonly string[];
  };
  /** A program that reads another program's images is not installed. */
  readonly "program-not-found": { /** Its name, such as `podman`. */ readonly program: string };
  /** Such a program has failed. */
  readonly "program-failed": {
    /** Its name. */
    readonly program: string;
    /** Its exit status; for a signal 128 and the signal's number. */
    readonly status: number;
  };
  /** A source does not have a blob that its documents name: it holds an image only in part. */
  readonly "blob-not-found": { readonly digest: string };

  // Registries (lib/oci/registry)

  /** A registry, or a server to which it sends us, answers with an error. */
  readonly "registry-error": {
    /** The host of the server, with its port. */
    readonly registry: string;
    /** The status of HTTP. */
    readonly status: number;
    /** The codes of the distribution specification, such as `MANIFEST_UNKNOWN`; none if the body has none. */
    readonly codes: readonly string[];
  };
  /** A registry, or a server to which it sends us, cannot be talked to. */
  readonly "registry-unreachable": {
    /** The host of the server, with its port. */
    readonly registry: string;
    /**
     * `refused`: nothing listens there; `name`: the name is not known; `certificate`: its certificate is not trusted;
     * `not-http`: it does not speak HTTPS, or not HTTP; `interrupted`: the connection was lost; `stalled`: it fell
     * silent.
     */
    readonly reason:
      | "refused"
      | "name"
      | "certificate"
      | "not-http"
      | "interrupted"
      | "stalled"
      | "other";
  };
  /** A registry's answer makes no sense, or leads to where it must not lead. */
  readonly "registry-protocol": {
    /** The host of the server, with its port. */
    readonly registry: string;
  };
  /** A file that says how to reach registries, or who we are there, cannot be read. */
  readonly "registry-settings": { readonly path: string };
  /** `registries.conf` forbids to pull an image. */
  readonly "registry-blocked": { /** The file that does. */ readonly path: string };

  // Images and snapshots in stores (lib/store)

  /** The environment does not name a home folder, so snapvm has no place for its data. */
  readonly "home-unknown": NoData;
  /** The folder that the user named as a store is not there, or is not a folder. */
  readonly "store-not-found": { readonly path: string };
  /** The list of a store's images cannot be read. */
  readonly "store-unreadable": { readonly path: string };
  /** No store has an image of this name or digest. */
  readonly "image-not-found": {
    /** The image as the user wrote it. */
    readonly image: string;
    /**
     * What the user may have meant: a file of that name (`file`); nothing, since it can be neither a reference nor a
     * digest (`malformed`); or an image that is not there (`absent`).
     */
    readonly reason: "file" | "malformed" | "absent";
    /** References of the same image with another tag, folder or registry. */
    readonly similar: readonly string[];
  };
  /** Several digests begin with the digits that the user wrote. */
  readonly "ambiguous-digest": { readonly candidates: readonly string[] };
  /** An image is not made for the wanted platform, or it is made for several and none was named. */
  readonly "platform-not-found": {
    /** The platforms that the image is made for. */
    readonly platforms: readonly string[];
    /** The platforms that have a snapshot. */
    readonly unpacked: readonly string[];
    /** What the user named: the whole image, or one platform's part of it by its digest. */
    readonly named: "image" | "digest";
    /** The image for the first of its platforms; absent if it has none, or was named by its digest. */
    readonly first?: PlatformImage;
  };
  /** An image is in a store, but was not unpacked for the platform. */
  readonly "snapshot-not-found": {
    /** The image; absent if no reference leads to the snapshot, which has just been deleted. */
    readonly image?: PlatformImage;
    /** Whether the image was pulled for the platform. */
    readonly pulled: boolean;
    /** The platforms that have a snapshot. */
    readonly unpacked: readonly string[];
  };
  /** A snapshot does not hold a whole filesystem. */
  readonly "snapshot-broken": {
    /** The snapshot's file. */
    readonly path: string;
    /** Whose store it is in. */
    readonly store: PlatformImage["store"];
    /** The image; absent if no reference leads to the snapshot. */
    readonly image?: PlatformImage;
  };
  /** A document between an image's reference and its manifest is missing or damaged. */
  readonly "image-unreadable": { readonly image: PlatformImage };

  /** What a source has is not the image of a Linux system: another kind of artifact, or one that contradicts itself. */
  readonly "not-an-image": {
    /** The source as the user wrote it. */
    readonly source: string;
    /** The media type of the document at fault. */
    readonly mediaType: string;
  };
  /** Something is to be removed from a store while other processes add to it. */
  readonly "store-busy": { /** The store's folder. */ readonly path: string };
  /** A snapshot cannot be replaced because a running machine uses it. */
  readonly "snapshot-in-use": { /** The snapshot's file. */ readonly path: string };

  // Kernels (lib/boot)

  /** An image has no kernel that can be started. */
  readonly "no-kernel": {
    /** The paths of kernels that were passed over because they have no initramfs. */
    readonly withoutInitramfs: readonly string[];
  };
  /** The image does not have the requested kernel, or the request fits several versions. */
  readonly "no-such-kernel": {
    /** What was asked for: a version, the beginning of one, or a path. */
    readonly wanted: string;
    /** The versions that the image has, best first. */
    readonly versions: readonly string[];
  };
  /** A kernel file contradicts its own format, or ends too early. */
  readonly "corrupt-kernel": { readonly path: string };
  /** A kernel file has a known format, but cannot be unpacked or started. */
  readonly "unsupported-kernel": {
    /** The file's path in the image. */
    readonly path: string;
    /** What it is packed in, outermost first, and what it is. */
    readonly formats: readonly string[];
  };
  /** A kernel is for another processor than the machine's. */
  readonly "wrong-machine": {
    /** The kernel's path in the image. */
    readonly path: string;
    /** The kernel's processor, in the words of `uname -m`. */
    readonly architecture: string;
    /** The platform that can start the kernel, `linux/arm64`. */
    readonly platform: string;
  };
  /** An initramfs contradicts its own format, ends too early, or is too large. */
  readonly "corrupt-initramfs": NoData;
  /** Compressed data is damaged, cut short, or in a format that cannot be unpacked. */
  readonly "decompression-failed": NoData;
  /** An image's file of kernel arguments does not have the right form. */
  readonly "invalid-kernel-arguments": { readonly path: string };
  /** The kernel command line has no way to carry an argument. */
  readonly "unpassable-argument": { readonly argument: string };
  /** A kernel command line is longer than the kernel keeps. Its parts, in bytes. */
  readonly "command-line-too-long": {
    /** The user's arguments. */
    readonly user: number;
    /** The image's arguments. */
    readonly image: number;
    /** snapvm's own arguments. */
    readonly own: number;
  };

  /** An image has no SELinux policy that its system would load. */
  readonly "no-selinux-policy": NoData;
  /** A file of an image's SELinux policy does not have the right form. */
  readonly "invalid-selinux-policy": { readonly path: string };

  // Guests (lib/guest)

  /** A command or its environment has something that no process can be given. */
  readonly "invalid-command": NoData;
  /** The kernel modules that a guest needs to reach the host cannot be read or loaded. */
  readonly "unusable-module": { readonly path: string };

  // Programs that macOS lets use Virtualization.framework (lib/entitlement)

  /** macOS does not let this program use Virtualization.framework, and snapvm cannot change that. */
  readonly "entitlement-missing": {
    /** The program's path. */
    readonly program: string;
    /**
     * `signature-lost`: the program is a signed copy whose signature was damaged. `unsignable`: neither `codesign` nor
     * snapvm can sign a copy of it. `not-granted`: a copy was signed, and the signature does not have the entitlement.
     */
    readonly reason: "signature-lost" | "unsignable" | "not-granted";
  };
  /** A file is not a Mach-O file of the kind that was expected, or it is a broken one. */
  readonly "macho-unsupported": NoData;

  // Machines (lib/vm)

  /** No QEMU on this host can run the machine. */
  readonly "hypervisor-not-found": {
    /** The guest's processor, `x86_64` or `aarch64`. */
    readonly architecture: string;
    /** The program that `$QEMU_BIN` names, if that is what is missing. */
    readonly qemuBin?: string;
  };
  /** The acceleration that was asked for cannot be had for this guest on this host. */
  readonly "acceleration-unavailable": {
    /** What was asked for. */
    readonly requested: string;
    /** What this host has. */
    readonly available: string;
  };
  /** Virtualization.framework runs no guests for another processor than the Mac's. */
  readonly "processor-unsupported": {
    /** The guest's processor. */
    readonly architecture: string;
    /** The Mac's. */
    readonly hostArchitecture: string;
  };
  /** Virtualization.framework cannot run machines on this Mac. */
  readonly "virtualization-unavailable": NoData;
  /** The library for Virtualization.framework cannot be loaded. */
  readonly "library-unloadable": NoData;
  /** The library for Virtualization.framework, which snapvm carries in itself, has been changed. */
  readonly "library-damaged": NoData;
  /** This Mac does not allow a machine of that size. */
  readonly "machine-size-unsupported": {
    /** What is too much or too little of. */
    readonly resource: "cpus" | "memory";
    /** What was asked for: a number of processors, or bytes. */
    readonly requested: number;
    /** The least that is allowed. */
    readonly minimum: number;
    /** The most that is allowed. */
    readonly maximum: number;
  };
  /** Every network card that snapvm gives to machines is taken. */
  readonly "network-cards-taken": NoData;
  /** A machine did not start: the hypervisor refused it, or ended before the guest could run. */
  readonly "machine-start-failed": {
    /** Why, if it is one of the reasons that something can be done about. */
    readonly reason?:
      | "no-user-network"
      | "no-memory"
      | "no-kvm"
      | "image-in-use"
      | "not-entitled"
      | "no-virtualization";
  };
  /** A disk's clone could not be made. */
  readonly "clone-failed": {
    /** The disk's source. */
    readonly source: string;
    /** Whether the filesystem has no room for the clone. */
    readonly isFull: boolean;
  };
  /** A guest cannot mount a folder of the host. */
  readonly "share-not-mounted": {
    /** Where it was to be in the guest. */
    readonly path: string;
    /** The filesystem: `virtiofs` or `9p`. */
    readonly type: string;
  };
  /** A file cannot be attached as a disk. */
  readonly "disk-unusable": {
    /** The file. */
    readonly path: string;
    /**
     * `missing`: there is no such file. `not-a-file`: it is something else. `no-permission`: it cannot be opened as it
     * is meant to be used. `format`: what is in it is no disk for this hypervisor. `disguised`: it is a qcow2 image, and
     * its name does not say so.
     */
    readonly reason: "missing" | "not-a-file" | "no-permission" | "format" | "disguised";
  };

  /** What is to be the name of a machine cannot be one. */
  readonly "invalid-machine-name": { readonly name: string };
  /** There is no machine with a name. */
  readonly "machine-not-found": {
    /** The name. */
    readonly name: string;
    /** The names that there are, if they are known. */
    readonly machines: readonly string[];
  };
  /** There is a machine with a name already. */
  readonly "machine-exists": { readonly name: string };
  /** A machine runs, and what was to be done needs that it does not. */
  readonly "machine-running": { readonly name: string };
  /** A machine does not run, and what was to be done needs that it does. */
  readonly "machine-not-running": { readonly name: string };
  /** A machine's folder does not say what the machine is. */
  readonly "machine-damaged": {
    /** The machine's name. */
    readonly name: string;
    /** Its folder. */
    readonly path: string;
  };
  /** A machine's supervisor does not answer, or has ended meanwhile. */
  readonly "supervisor-lost": { readonly name: string };
  /** A port of the host cannot be listened on. */
  readonly "port-taken": {
    /** The protocol, `tcp` or `udp`. */
    readonly protocol: string;
    /** The host's address. */
    readonly address: string;
    /** The host's port. */
    readonly port: number;
    /** Whether another program has it, rather than that this user may not have it. */
    readonly inUse: boolean;
  };

  // The guest's agent (lib/guest)

  /** The agent of a guest, or the supervisor of a machine, is of another version of snapvm. */
  readonly "agent-incompatible": { /** The protocol that it speaks. */ readonly protocol: string };
  /** A guest broke the protocol of its agent. */
  readonly "agent-protocol": {
    /** What it sent. */
    readonly what: string;
    /** The number of the stream in which it did; 0 is the connection itself. */
    readonly stream: number;
  };
  /** A guest's agent, or the connection to it, has ended or does not answer before it has done what was asked of it. */
  readonly "agent-lost": { /** Why: the end of a sentence. */ readonly why: string };
  /** A guest cannot do what it was asked. */
  readonly "guest-refused": {
    /** What it was asked: `command`, `connect`, `tar-in` and the others of `docs/agent.md`. */
    readonly kind: string;
    /** Why not: the end of a sentence. */
    readonly error: string;
    /** The name of the system's error, such as `ENOENT`; empty if there is none. */
    readonly errno: string;
    /** What of a command it was: `program`, `folder`, `user` or `terminal`. */
    readonly step?: string;
  };

  // From an image to a machine (lib/launch)

  /** A folder of the host cannot be shared. */
  readonly "share-unusable": {
    /** The folder. */
    readonly path: string;
    /** `missing`: there is nothing of that name. `not-a-folder`: it is something else. `no-permission`: it cannot be read. */
    readonly reason: "missing" | "not-a-folder" | "no-permission";
  };
  /** A disk is to be smaller than the image that it comes from. Both are in bytes. */
  readonly "disk-too-small": { readonly requested: number; readonly minimum: number };
  /** A disk is to be larger than the image that it comes from, and its filesystem cannot grow. Sizes are in bytes. */
  readonly "disk-not-growable": {
    /** What was asked for. */
    readonly requested: number;
    /** What the image has. */
    readonly size: number;
    /** The feature of the filesystem that is in the way. */
    readonly feature: string;
  };
  /** This host has less than a machine is to get. Both are bytes, or numbers of processors. */
  readonly "host-too-small": {
    /** What there is too little of. */
    readonly resource: "cpus" | "memory";
    /** What was asked for. */
    readonly requested: number;
    /** What can be had. */
    readonly available: number;
  };
  /** A file is no Ignition configuration, or cannot be read. */
  readonly "ignition-unusable": {
    /** The file. */
    readonly path: string;
    /** `unreadable`: it cannot be read. `not-json`: Ignition reads JSON. `no-version`: it does not say its version. */
    readonly reason: "unreadable" | "not-json" | "no-version";
  };
  /** The image has no Ignition that could read a configuration. */
  readonly "ignition-not-supported": NoData;
  /** Two shares, or two disks, would be at the same place in the guest. */
  readonly "place-taken": { readonly place: string };

  /** An image's file is not an ext4 filesystem, or one that cannot be read. */
  readonly "unreadable-filesystem": { readonly path: string };
  /** There is no machine for an image's platform. `unpacked` are the image's platforms that could be booted. */
  readonly "unbootable-platform": { readonly unpacked: readonly string[] };
  /** snapvm's own folder cannot be written. */
  readonly "home-unwritable": { readonly home: string };
  /** A hypervisor that this system does not have. */
  readonly "backend-unavailable": { readonly backend: string };
  /** A hypervisor has no choice of accelerations. */
  readonly "acceleration-not-for-backend": { readonly backend: string };
  /** The guest went into a mode that waits for somebody at its console. */
  readonly "guest-failed": {
    /** `emergency`, `rescue` or `initramfs-shell`. */
    readonly mode: string;
    /** Whether that happened in the initramfs. */
    readonly initramfs: boolean;
    /** How far the launch had come. */
    readonly stage: string;
  };
  /** The machine ended before the command in its guest did. */
  readonly "machine-ended": {
    /** `power-off`, `reset`, `panic`, `stopped` or `hypervisor-failed`. */
    readonly reason: string;
    /** How far the launch had come. */
    readonly stage: string;
  };
}

/** What kind of failure a `SnapvmError` is. */
export type ErrorCode = keyof ErrorData;
