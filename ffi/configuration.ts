/**
 * What a virtual machine of Virtualization.framework is made of, as the dylib takes it: as JSON. Every member has to be
 * there, because nothing has a default on the other side. Paths are absolute and have no symbolic link in them.
 *
 * @module
 */

/** A whole machine. */
export interface VirtualMachineConfiguration {
  /** What starts the guest. */
  readonly bootLoader: LinuxBootLoader | EfiBootLoader;
  /** The generic platform's settings. */
  readonly platform: Platform;
  /** How many virtual processors: from {@linkcode Host.minimumCpus} to {@linkcode Host.maximumCpus}. */
  readonly cpus: number;
  /**
   * Memory in bytes, a multiple of 1 MiB: from {@linkcode Host.minimumMemory} to {@linkcode Host.maximumMemory}.
   */
  readonly memory: number;
  /**
   * Where the guest's console, its `hvc0`, goes: the path of a Unix socket that the caller listens on. Creating the machine
   * makes one connection. `null` for no console.
   */
  readonly console: string | null;
  /** Named virtio console ports, in the order in which the guest sees them. */
  readonly ports: readonly ConsolePort[];
  /** Disks; the guest's first is `/dev/vda`. */
  readonly disks: readonly (ImageDisk | NetworkDisk)[];
  /** Network cards, behind the address translation of macOS (NAT). */
  readonly networks: readonly Network[];
  /** Folders of the host that the guest mounts with `mount -t virtiofs TAG PATH`. */
  readonly shares: readonly (SingleShare | MultipleShare)[];
  /** The tag under which Rosetta's folder is shared, on Apple silicon; `null` for none. */
  readonly rosetta: string | null;
  /** Whether there is a virtio socket device (vsock). */
  readonly vsock: boolean;
  /** Whether there is a virtio entropy device. */
  readonly entropy: boolean;
  /** Whether there is a virtio memory balloon. */
  readonly balloon: boolean;
}

/** Starts a Linux kernel directly (VZLinuxBootLoader). */
export interface LinuxBootLoader {
  /** A Linux kernel. */
  readonly kind: "linux";
  /** The kernel: on Apple silicon an uncompressed arm64 `Image`, on Intel a bzImage. */
  readonly kernel: string;
  /** The initramfs, or `null` for none. */
  readonly initramfs: string | null;
  /** The kernel command line. */
  readonly commandLine: string;
}

/** Starts what an EFI system partition holds (VZEFIBootLoader). */
export interface EfiBootLoader {
  /** EFI firmware. */
  readonly kind: "efi";
  /** The variable store, which {@linkcode Virtualization.createVariableStore} makes. One machine at a time. */
  readonly variableStore: string;
}

/** The settings of VZGenericPlatformConfiguration. */
export interface Platform {
  /**
   * The machine's identity, in base64, from {@linkcode Virtualization.machineIdentifier}. No two running machines share
   * one; a saved machine is restored with the one that it was saved with.
   */
  readonly machineIdentifier: string;
  /** Whether the guest can run virtual machines: macOS 15 and {@linkcode Host.nestedVirtualization}. */
  readonly nestedVirtualization: boolean;
}

/** A virtio console port. */
export interface ConsolePort {
  /** Its name: `/dev/virtio-ports/<name>` in the guest. */
  readonly name: string;
  /** The path of a Unix socket that the caller listens on. Creating the machine makes one connection. */
  readonly socket: string;
}

/** A disk whose content is a file. */
export interface ImageDisk {
  /** A file. */
  readonly kind: "image";
  /** A raw image; its size is a multiple of 512 bytes. */
  readonly path: string;
  /** At most 20 ASCII bytes: `/dev/disk/by-id/virtio-<serial>` in the guest. */
  readonly serial: string;
  /** Whether the guest may only read. */
  readonly readOnly: boolean;
  /**
   * How the host reads and writes the file. The framework's third mode, "automatic", is not offered: it has corrupted the
   * filesystems of Linux guests on sparse images (utmapp/UTM#4840, lima-vm/lima#1957, apple/containerization#576).
   */
  readonly caching: "cached" | "uncached";
  /** What a flush by the guest does: wait for the medium (`full`), `fsync`, or nothing (`none`). */
  readonly synchronization: "full" | "fsync" | "none";
}

/** A disk that a server of the NBD protocol holds: macOS 14. */
export interface NetworkDisk {
  /** A server of the NBD protocol. */
  readonly kind: "nbd";
  /** Where it is: `nbd://host:port/export` or `nbd+unix:///export?socket=/path`. */
  readonly url: string;
  /** At most 20 ASCII bytes: `/dev/disk/by-id/virtio-<serial>` in the guest. */
  readonly serial: string;
  /** Whether the guest may only read, whatever the server allows. */
  readonly readOnly: boolean;
  /** Seconds after which a silent server is connected to anew. */
  readonly timeout: number;
  /** What a flush by the guest does: ask the server to flush (`full`) or nothing (`none`). */
  readonly synchronization: "full" | "none";
}

/** A network card. */
export interface Network {
  /** Six bytes in hexadecimal, with colons. The lease, and so the guest's address, goes with it. */
  readonly macAddress: string;
}

/** A folder of the host. */
export interface SharedDirectory {
  /** The folder. */
  readonly path: string;
  /** Whether the guest may only read. */
  readonly readOnly: boolean;
}

/** One folder as one filesystem. */
export interface SingleShare extends SharedDirectory {
  /** One folder. */
  readonly kind: "single";
  /** What the guest mounts: at most 36 bytes. */
  readonly tag: string;
}

/** Several folders side by side in one filesystem. */
export interface MultipleShare {
  /** Several folders. */
  readonly kind: "multiple";
  /** What the guest mounts: at most 36 bytes. */
  readonly tag: string;
  /** The folders, by their names in the filesystem. */
  readonly directories: Readonly<Record<string, SharedDirectory>>;
}
