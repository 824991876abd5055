/** A failure about which there is nothing to say beyond its message. */
type NoData = Readonly<Record<never, never>>;

/** How an image comes into a store, or gets out of it, when something about it is missing or damaged. */
export interface Remedy {
  /**
   * `pull` brings the image and unpacks it, `unpack` makes a snapshot of an image that is there, `replace` makes a
   * damaged snapshot again, and `delete` removes one that no reference leads to.
   */
  readonly action: "pull" | "unpack" | "replace" | "delete";
  /** Whose store it is: Apple's `container` fills its own. */
  readonly store: "apple" | "snapvm";
  /** The image's full reference, or its digest if it has none. */
  readonly reference: string;
  /** The platform, `linux/arm64`; absent if it is not known. */
  readonly platform?: string;
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

  // The filesystem (lib/ext4)

  /** A filesystem contradicts itself. The class `Corrupt` says where. */
  readonly "corrupt-filesystem": NoData;
  /** A filesystem uses a feature that the reader does not know. The class `Incompatible` names it. */
  readonly "incompatible-filesystem": NoData;
  /** A file was looked up in one filesystem and then used with another. */
  readonly "foreign-file": NoData;

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
}

/** What kind of failure a `SnapvmError` is. */
export type ErrorCode = keyof ErrorData;
