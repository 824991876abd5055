import { join } from "../../host/mod.ts";

/** What a host has for a machine. */
export interface HostResources {
  /** How many processors this process may use. */
  readonly cpus: number;
  /** How much memory can be had without swapping, in bytes. */
  readonly memory: number;
}

/** What {@linkcode hostResources} reads. Tests give files of their own. */
export interface HostFiles {
  /** The host's operating system. */
  readonly os: string;
  /** How many processors this process may use. */
  readonly cpus: number;
  /** All of the host's memory, in bytes. */
  readonly total: number;
  /** A text file; `undefined` if it cannot be read. */
  read(path: string): string | undefined;
}

/**
 * What this host has for a machine: on Linux what the kernel can give without swapping, and no more than what the
 * limits of our control groups leave; elsewhere all of its memory.
 *
 * @param files What to read. Default: this host's.
 * @returns The processors and the memory.
 */
export function hostResources(files: HostFiles = thisHost()): HostResources {
  const { os, cpus, total } = files;
  if (os !== "linux") return { cpus, memory: total };
  const available = /^MemAvailable:\s+(\d+) kB$/m.exec(files.read("/proc/meminfo") ?? "")?.[1];
  const limits = [
    available === undefined ? total : Number(available) * 1024,
    ...leftInGroups(files),
  ];
  return { cpus, memory: Math.max(0, Math.min(...limits)) };
}

/** What each of our control groups still allows; in version 2 each folder above has a limit of its own. */
function leftInGroups({ read }: HostFiles): number[] {
  const left: number[] = [];
  for (const line of (read("/proc/self/cgroup") ?? "").split("\n")) {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (path === undefined) continue;
    const isSecond = controllers === "";
    if (!isSecond && controllers !== "memory") continue;
    const [mount, limit, usage, cache] = isSecond
      ? ["/sys/fs/cgroup", "memory.max", "memory.current", "inactive_file"]
      : [
        "/sys/fs/cgroup/memory",
        "memory.limit_in_bytes",
        "memory.usage_in_bytes",
        "total_inactive_file",
      ];
    const names = path.split("/").filter((name) => name !== "");
    for (let depth = names.length; depth >= 0; depth--) {
      const folder = join(mount!, ...names.slice(0, depth));
      const maximum = number(read(join(folder, limit!)));
      const used = number(read(join(folder, usage!)));
      if (maximum === undefined || used === undefined) continue;
      const reclaimable = number(
        new RegExp(`^${cache} (\\d+)$`, "m").exec(read(join(folder, "memory.stat")) ?? "")?.[1],
      ) ?? 0;
      left.push(maximum - used + Math.min(reclaimable, used));
    }
  }
  return left;
}

/** A whole number; `undefined` for anything else, such as `max`. */
function number(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+\s*$/.test(text) ? Number(text) : undefined;
}

function thisHost(): HostFiles {
  return {
    os: Deno.build.os,
    cpus: navigator.hardwareConcurrency,
    total: Deno.systemMemoryInfo().total,
    read: (path) => {
      try {
        return Deno.readTextFileSync(path);
      } catch {
        return undefined;
      }
    },
  };
}
