import { buildDouble } from "../../vz_double/build_double.ts";

/** A hypervisor that the tests boot with, and what is true of it. */
export interface TestedBackend {
  /** Its name for `--backend`. */
  readonly name: "qemu" | "vz";
  /** The environment that it needs. */
  readonly env: Readonly<Record<string, string>>;
  /** How many processors a guest can be given, other than the usual number. */
  readonly cpus: number;
  /** Whether it runs guests for other processors than the host's. */
  readonly emulates: boolean;
  /**
   * Whether the console has what the kernel says from its first line on. Else it begins with virtio_console, which is a
   * module: of a kernel that panics before nothing is seen.
   */
  readonly showsWholeBoot: boolean;
  /** What `--debug` shows when a machine is started. */
  readonly starts: string;
  /** What is said if its program is killed. */
  readonly killed: RegExp;
  /** An environment in which it is missing, and what is said there. */
  readonly missing: { readonly env: Readonly<Record<string, string>>; readonly says: RegExp };
}

const qemu: TestedBackend = {
  name: "qemu",
  env: {},
  cpus: 1,
  emulates: true,
  showsWholeBoot: true,
  starts: "/qemu-system-x86_64 ",
  killed: /^it was ended by signal 9$/,
  missing: {
    env: { PATH: "/nonexistent", QEMU_BIN: "" },
    says: /^Cannot find qemu-system-x86_64: it is not in PATH$/,
  },
};

const vz: TestedBackend = {
  name: "vz",
  env: { SNAPVM_VZ_LIBRARY: await buildDouble() },
  // The framework gives a guest no more than the host has.
  cpus: 1,
  emulates: false,
  showsWholeBoot: false,
  starts: `vz {"bootLoader"`,
  killed:
    /^Internal Virtualization error\. The virtual machine stopped unexpectedly\. \(VZErrorDomain 1\)/,
  missing: {
    env: { SNAPVM_VZ_LIBRARY: "/nonexistent/library" },
    says: /^Cannot load the library for Virtualization\.framework: \/nonexistent\/library: /,
  },
};

/** QEMU, and Virtualization.framework as its double has it. */
export const backends: readonly TestedBackend[] = [qemu, vz];
