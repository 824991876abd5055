import { SnapvmError } from "../../error/mod.ts";
import { DEFAULT_MEMORY, defaultCpus } from "../defaults.ts";
import { type HostResources, hostResources } from "./host_resources.ts";

const MIB = 2 ** 20;

/** The least that a host's default is, in bytes: what a distribution's initramfs needs. */
const MIN_DEFAULT_MEMORY = 512 * MIB;

/** A host that has less than this keeps some of it for itself. */
const COMFORTABLE_MEMORY = DEFAULT_MEMORY * 1.25;

/** How much of its memory a small host gives. */
const SMALL_HOST_SHARE = 0.75;

/** How large a machine is. */
export interface MachineSize {
  /** Virtual processors. */
  readonly cpus: number;
  /** Memory in bytes. */
  readonly memory: number;
}

/**
 * How large a machine becomes: as large as it was asked for, or what suits the host.
 *
 * @param requested What was asked for.
 * @param host What the host has.
 * @returns The size.
 * @throws {SnapvmError} `host-too-small` if the host has less.
 */
export function machineSize(
  requested: Partial<{ readonly [Name in keyof MachineSize]: MachineSize[Name] | undefined }>,
  host: HostResources = hostResources(),
): MachineSize {
  const size = {
    cpus: requested.cpus ?? Math.min(defaultCpus(), host.cpus),
    memory: requested.memory ?? defaultMemory(host.memory),
  };
  if (size.cpus > host.cpus) {
    throw tooSmall("cpus", size.cpus, host.cpus, `${size.cpus} virtual processors`, `${host.cpus}`);
  }
  if (size.memory > host.memory) {
    throw tooSmall(
      "memory",
      size.memory,
      host.memory,
      `${mebibytes(size.memory)} of memory`,
      `${mebibytes(host.memory)} left`,
    );
  }
  return size;
}

/** Whole steps of 64 MiB, so that a machine on a small host is not another one each time. */
function defaultMemory(available: number): number {
  if (available >= COMFORTABLE_MEMORY) return DEFAULT_MEMORY;
  const step = 64 * MIB;
  const share = Math.floor(available * SMALL_HOST_SHARE / step) * step;
  return Math.max(MIN_DEFAULT_MEMORY, share);
}

function tooSmall(
  resource: "cpus" | "memory",
  requested: number,
  available: number,
  wish: string,
  rest: string,
): SnapvmError {
  return new SnapvmError(
    "host-too-small",
    `Cannot start a machine with ${wish}: this host has ${rest}`,
    { data: { resource, requested, available } },
  );
}

function mebibytes(bytes: number): string {
  return `${Math.floor(bytes / MIB)}M`;
}
