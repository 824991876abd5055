/**
 * The parts of a virtual machine, and what a running one can do: the one interface of every backend.
 *
 * @module
 */

import type { Architecture } from "../boot/mod.ts";

export type { Architecture };

/** Bytes that are written over a disk's clone before the machine starts; never over the disk's source. */
export interface DiskPatch {
  /** Where, in bytes from the disk's start. */
  readonly offset: number;
  /** What is there afterwards. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** One disk of a machine. */
export interface DiskSpecification {
  /** A raw image on the host. It is never written: the guest writes to a copy-on-write clone. */
  readonly source: string;
  /** The serial number, at most 20 ASCII bytes: `/dev/disk/by-id/virtio-<serial>` in the guest. */
  readonly serial: string;
  /** Whether the guest may write at all. */
  readonly readOnly: boolean;
  /**
   * Whether the clone outlives the machine: one that is there already is used again, and what the guest flushes is on
   * the host's disk. Default: false.
   */
  readonly kept?: boolean;
  /** Patches for the clone. */
  readonly patches: readonly DiskPatch[];
  /** The clone's size in bytes, if it is to be larger than the source; what is beyond the source reads as zeros. */
  readonly size?: number;
}

/** A disk in a file that belongs to somebody else: the guest reads and writes the file itself. */
export interface AttachedDisk {
  /** The file. */
  readonly path: string;
  /** What is in it. Nothing guesses at that: a guest that writes a header to a raw disk gains nothing. */
  readonly format: "raw" | "qcow2";
  /** The serial number, at most 20 ASCII bytes: `/dev/disk/by-id/virtio-<serial>` in the guest. */
  readonly serial: string;
  /** Whether the guest may only read. */
  readonly readOnly: boolean;
}

/** A folder of the host that the guest can mount. */
export interface ShareSpecification {
  /** The folder's absolute path. */
  readonly source: string;
  /** The name by which the guest mounts it, at most 31 ASCII bytes. */
  readonly tag: string;
  /** Whether the guest may only read. It is the host that sees to that. */
  readonly readOnly: boolean;
}

/** The filesystem by which a guest mounts a share. */
export type ShareType = "virtiofs" | "9p";

/**
 * How the guest marks each of its boots. A backend whose hypervisor does not report a restart sees it by this mark; the
 * others need none.
 */
export interface BootMark {
  /** The name of the port that the guest writes to. */
  readonly port: string;
  /** Matches a line that each boot writes at least once. What the first group matches differs in each boot. */
  readonly line: RegExp;
}

/** A whole machine, ready to be started by a backend. */
export interface MachineSpecification {
  /** The guest's processor. */
  readonly architecture: Architecture;
  /** How many virtual processors. */
  readonly cpus: number;
  /** Memory in bytes. */
  readonly memory: number;
  /** The kernel on the host, in the form that every backend takes: an x86 bzImage or a raw arm64 `Image`. */
  readonly kernel: string;
  /** The initramfs on the host, everything appended. */
  readonly initramfs?: string;
  /** The kernel command line. */
  readonly commandLine: string;
  /** The disks, in the order in which the guest sees them: the first is `/dev/vda`. */
  readonly disks: readonly DiskSpecification[];
  /** Files of others as disks, behind {@linkcode MachineSpecification.disks}. */
  readonly attachedDisks?: readonly AttachedDisk[];
  /** Folders of the host. */
  readonly shares?: readonly ShareSpecification[];
  /** Whether there is a network card: the guest reaches out through the host, and no other computer reaches in. */
  readonly network: boolean;
  /** The card's address, if it is to have a certain one: six bytes in hexadecimal, with colons. */
  readonly macAddress?: string;
  /**
   * Names of virtio console ports, `/dev/virtio-ports/<name>` in the guest. What the guest writes to one waits until
   * the host reads it.
   */
  readonly ports: readonly string[];
  /** How the guest marks its boots, on one of the ports, if it does. */
  readonly bootMark?: BootMark;
  /** A private folder (0700) for everything the machine needs on disk while it runs; the caller removes it. */
  readonly folder: string;
}

/**
 * A duplex stream of bytes between host and guest.
 *
 * `readable` is what the guest writes; it ends when the machine does, and not before everything that came is read. (A guest's
 * write to a port ends when the bytes are queued: what is still queued when it powers itself off is lost.) Nobody has
 * to be there when the machine ends. If nobody reads, the guest waits; if `readable` is cancelled, what it writes is
 * thrown away.
 *
 * `writable` is what the guest reads; a write settles when the bytes are on their way and rejects with
 * `Deno.errors.BrokenPipe` once the machine has ended. Closing it does nothing that the guest would see: what needs an
 * end of file has to bring its own.
 */
export type Channel = ReadableWritablePair<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>;

/** Why a machine is no longer running. */
export type MachineEnd =
  /** The guest powered itself off. */
  | { readonly reason: "power-off" }
  /** The guest asked for a reboot; the machine ends there. */
  | { readonly reason: "reset" }
  /** The guest's kernel panicked and said so. */
  | { readonly reason: "panic" }
  /** The host ended it ({@linkcode Machine.stop}). */
  | { readonly reason: "stopped" }
  /** The hypervisor itself ended; `detail` is what it said last. */
  | { readonly reason: "hypervisor-failed"; readonly detail: string };

/** A machine that was started. */
export interface Machine extends AsyncDisposable {
  /** Which backend runs it. */
  readonly backend: string;
  /** How it is accelerated: `kvm`, `hvf`, `tcg`, `vz`. */
  readonly acceleration: string;
  /** For each share's tag the filesystem by which the guest mounts it; absent if there are no shares. */
  readonly shareTypes?: ReadonlyMap<string, ShareType>;
  /** The guest's console. It must be read, or the guest waits. */
  readonly console: Channel;
  /** Settles, and never rejects, when the machine no longer runs and its processes are gone. */
  readonly ended: Promise<MachineEnd>;
  /**
   * Called when a process in the guest has opened a named port, or nobody there has it open any more. A hypervisor that
   * does not tell of that has no such property.
   */
  onPort?: ((name: string, isOpen: boolean) => void) | undefined;
  /** The channel of a named port of the specification. Throws a `RangeError` for a name that is not there. */
  port(name: string): Channel;
  /** Ends the machine at once, whatever it is doing, and waits until it is gone. A second call does nothing. */
  stop(): Promise<void>;
}

/** A hypervisor. */
export interface Backend {
  /** Its name: `qemu`, `vz`. */
  readonly name: string;
  /** The kernel's name of the console device, for `console=`: `ttyS0`, `ttyAMA0`, `hvc0`. */
  consoleDevice(architecture: Architecture): string;
  /** What this backend needs on the kernel command line besides `console=` to tell how a machine ended. */
  kernelArguments(architecture: Architecture): readonly string[];
  /** Clones the disks, starts the machine and returns once the guest's first instruction may run. */
  start(specification: MachineSpecification, options?: StartOptions): Promise<Machine>;
}

/** What {@linkcode Backend.start} takes besides the machine. */
export interface StartOptions {
  /** Ends the start, or the machine, when it aborts. */
  readonly signal?: AbortSignal;
  /** Called with each stage that was reached: `clone`, `hypervisor`. */
  readonly onStage?: (stage: "clone" | "hypervisor") => void;
  /** Called with what a user may want to know although nothing failed: a sentence without a full stop. */
  readonly onNotice?: (notice: string) => void;
}
