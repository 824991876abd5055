import type { VirtualMachineConfiguration } from "../../../ffi/mod.ts";
import type { MachineSpecification } from "../machine.ts";

/** What the configuration needs to know besides the machine. */
export interface VzConfigurationOptions {
  /** The machine's identity, which the framework has made. */
  readonly machineIdentifier: string;
  /** The address of the machine's network card, if it has one. */
  readonly macAddress: string | undefined;
  /** For each disk the file to attach. */
  readonly disks: readonly string[];
  /** Unix sockets on which snapvm listens. */
  readonly sockets: {
    /** For the guest's console. */
    readonly console: string;
    /** For each named port, in the order of the specification. */
    readonly ports: readonly string[];
  };
}

/**
 * Describes a machine as the framework takes it.
 *
 * @param machine The machine, checked, with all paths resolved.
 * @param options Where its parts are on the host.
 * @returns The configuration.
 */
export function vzConfiguration(
  machine: MachineSpecification,
  { machineIdentifier, macAddress, disks, sockets }: VzConfigurationOptions,
): VirtualMachineConfiguration & { readonly console: string } {
  return {
    bootLoader: {
      kind: "linux",
      kernel: machine.kernel,
      initramfs: machine.initramfs ?? null,
      commandLine: machine.commandLine,
    },
    platform: { machineIdentifier, nestedVirtualization: false },
    cpus: machine.cpus,
    memory: machine.memory,
    console: sockets.console,
    ports: machine.ports.map((name, index) => ({ name, socket: sockets.ports[index] as string })),
    disks: [
      ...machine.disks.map((disk, index) => ({ ...disk, path: disks[index] as string })),
      ...machine.attachedDisks ?? [],
    ].map(({ path, serial, readOnly }) => ({
      kind: "image",
      path,
      serial,
      readOnly,
      // The framework's own choice corrupts the filesystems of Linux guests on sparse images.
      caching: "cached",
      synchronization: "fsync",
    })),
    networks: macAddress === undefined ? [] : [{ macAddress }],
    shares: (machine.shares ?? []).map(({ source, tag, readOnly }) => ({
      kind: "single",
      tag,
      path: source,
      readOnly,
    })),
    rosetta: null,
    entropy: true,
    balloon: true,
  };
}
