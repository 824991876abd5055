import { reasonOf, SnapvmError } from "../error/mod.ts";
import type { Architecture } from "./machine.ts";

/** How QEMU runs a guest: on the host's processor (`kvm` on Linux, `hvf` on macOS), or emulated (`tcg`). */
export type AccelerationName = "kvm" | "hvf" | "tcg";

/** An acceleration, and why it is that one. */
export interface Acceleration {
  /** Which one. */
  readonly name: AccelerationName;
  /** Why, in words for a user. */
  readonly reason: string;
}

/** What a probe asks of the host. Tests give answers of their own. */
export interface HostFacts {
  /** The operating system, as in `Deno.build.os`. */
  readonly os: string;
  /** The host's processor. */
  readonly architecture: string;
  /** Opens `/dev/kvm` for reading and writing and closes it again; throws what the system says. */
  openKvm(): Promise<void>;
  /** The text of `/proc/cpuinfo`. */
  cpuinfo(): Promise<string>;
  /** What `sysctl -n kern.hv_support` prints. */
  hvSupport(): Promise<string>;
}

/** `sysctl` answers in a millisecond: a host that needs two seconds for it will not answer at all. */
const SYSCTL_TIMEOUT_MS = 2000;

/** This host. */
const THIS_HOST: HostFacts = {
  os: Deno.build.os,
  architecture: Deno.build.arch,
  openKvm: async () => {
    using _kvm = await Deno.open("/dev/kvm", { read: true, write: true });
  },
  cpuinfo: () => Deno.readTextFile("/proc/cpuinfo"),
  hvSupport: async () => {
    const { stdout } = await new Deno.Command("/usr/sbin/sysctl", {
      args: ["-n", "kern.hv_support"],
      stdin: "null",
      stderr: "null",
      signal: AbortSignal.timeout(SYSCTL_TIMEOUT_MS),
    }).output();
    return new TextDecoder().decode(stdout).trim();
  },
};

/**
 * Finds out how a guest can be accelerated on this host, without starting one: nothing here can hang.
 *
 * An x86 host whose processor shows neither `vmx` nor `svm` gets no KVM even if `/dev/kvm` opens: it is a virtual
 * machine whose own hypervisor only pretends, and a guest on it never runs its first instruction.
 *
 * @param guest The guest's processor.
 * @param host What is known of the host. Default: this host.
 * @returns The best acceleration there is, and why.
 */
export async function probeAcceleration(
  guest: Architecture,
  host: HostFacts = THIS_HOST,
): Promise<Acceleration> {
  const emulated = (reason: string): Acceleration => ({ name: "tcg", reason });
  if (guest !== host.architecture) {
    return emulated(`an ${guest} guest on an ${host.architecture} host has to be emulated`);
  }
  if (host.os === "linux") {
    try {
      await host.openKvm();
    } catch (error) {
      return emulated(`/dev/kvm cannot be opened: ${whyNotKvm(error)}`);
    }
    if (guest === "x86_64" && !/^flags\s*:.*\b(?:vmx|svm)\b/m.test(await host.cpuinfo())) {
      return emulated("/dev/kvm opens, but the processor has neither vmx nor svm");
    }
    return { name: "kvm", reason: "/dev/kvm opens for reading and writing" };
  }
  if (host.os === "darwin") {
    const support = await host.hvSupport().catch(() => "");
    return support === "1"
      ? { name: "hvf", reason: "kern.hv_support is 1" }
      : emulated("this Mac has no hypervisor support (kern.hv_support is not 1)");
  }
  return emulated(`nothing is known of acceleration on ${host.os}`);
}

/**
 * The acceleration that was asked for, or the best there is.
 *
 * @param guest The guest's processor.
 * @param requested One to insist on. Default: the best.
 * @param host What is known of the host. Default: this host.
 * @returns The acceleration to use.
 * @throws {SnapvmError} `acceleration-unavailable` if `requested` cannot be had.
 */
export async function chooseAcceleration(
  guest: Architecture,
  requested?: AccelerationName,
  host: HostFacts = THIS_HOST,
): Promise<Acceleration> {
  if (requested === "tcg") return { name: "tcg", reason: "it was asked for" };
  const best = await probeAcceleration(guest, host);
  if (requested === undefined || requested === best.name) return best;
  throw new SnapvmError(
    "acceleration-unavailable",
    `Cannot accelerate an ${guest} guest with ${requested}: ${
      best.name === "tcg" ? best.reason : `this host has ${best.name}`
    }`,
    { data: { requested, available: best.name } },
  );
}

/** Why `/dev/kvm` did not open, with what helps. */
function whyNotKvm(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "it does not exist";
  if (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable) {
    return "permission denied (is your user in the group kvm?)";
  }
  return reasonOf(error);
}
