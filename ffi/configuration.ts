/**
 * What a virtual machine of Virtualization.framework consists of. The dylib takes it as JSON and has no defaults, so every
 * member is required. Paths are absolute and contain no symbolic link.
 *
 * @module
 */

/** A whole machine. */
export interface VirtualMachineConfiguration {
  /** What starts the guest. */
  readonly bootLoader: LinuxBootLoader | EfiBootLoader;
  /** The generic platform's settings. */
  readonly platform: Platform;
  /** The number of virtual processors, from {@linkcode Host.minimumCpus} to {@linkcode Host.maximumCpus}. */
  readonly cpus: number;
  /**
   * The memory in bytes, a multiple of 1 MiB, from {@linkcode Host.minimumMemory} to {@linkcode Host.maximumMemory}.
   */
  readonly memory: number;
  /**
   * The Unix socket for the guest's console, `hvc0`. The caller listens on it; creating the machine makes one connection.
   * `null` for no console.
   */
  readonly console: string | null;
  /** Named virtio console ports, in the guest's order. */
  readonly ports: readonly ConsolePort[];
  /** Disks; the guest's first is `/dev/vda`. */
  readonly disks: readonly ImageDisk[];
  /** Network cards, behind the address translation of macOS (NAT). */
  readonly networks: readonly Network[];
  /** Folders of the host. The guest mounts them with `mount -t virtiofs TAG PATH`. */
  readonly shares: readonly (SingleShare | MultipleShare)[];
  /** The tag of a share with Rosetta, on Apple silicon; `null` for none. */
  readonly rosetta: string | null;
  /** Whether the machine has a virtio entropy device. */
  readonly entropy: boolean;
  /** Whether the machine has a virtio memory balloon. */
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

/** Starts the boot loader on an EFI system partition (VZEFIBootLoader). */
export interface EfiBootLoader {
  /** EFI firmware. */
  readonly kind: "efi";
  /** The variable store, from {@linkcode Virtualization.createVariableStore}. One machine at a time can use it. */
  readonly variableStore: string;
}

/** The settings of VZGenericPlatformConfiguration. */
export interface Platform {
  /**
   * The machine's identity in base64, from {@linkcode Virtualization.machineIdentifier}. No two running machines may have
   * the same. A saved machine needs the same one again to be restored.
   */
  readonly machineIdentifier: string;
  /** Whether the guest can run virtual machines. Needs {@linkcode Host.nestedVirtualization}. */
  readonly nestedVirtualization: boolean;
}

/** A virtio console port. */
export interface ConsolePort {
  /** Its name: `/dev/virtio-ports/<name>` in the guest. */
  readonly name: string;
  /** A Unix socket that the caller listens on. Creating the machine makes one connection. */
  readonly socket: string;
}

/** A disk in a file. */
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
   * How the host reads and writes the file. The framework's third mode, "automatic", is missing here because it has
   * corrupted filesystems of Linux guests on sparse images (utmapp/UTM#4840, lima-vm/lima#1957,
   * apple/containerization#576).
   */
  readonly caching: "cached" | "uncached";
  /** What the guest's flush does: it waits for the medium (`full`), calls `fsync`, or does nothing (`none`). */
  readonly synchronization: "full" | "fsync" | "none";
}

/** A network card. */
export interface Network {
  /** Six bytes in hexadecimal, with colons. macOS leases the guest's IP address to it. */
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
  /** The name by which the guest mounts it: at most 36 bytes. */
  readonly tag: string;
}

/** Several folders beside each other in one filesystem. */
export interface MultipleShare {
  /** Several folders. */
  readonly kind: "multiple";
  /** The name by which the guest mounts it: at most 36 bytes. */
  readonly tag: string;
  /** The folders, by their names in the filesystem. */
  readonly directories: Readonly<Record<string, SharedDirectory>>;
}
