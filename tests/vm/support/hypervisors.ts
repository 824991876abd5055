/**
 * The hypervisors that all tests of machines run on, and how they truly differ.
 *
 * @module
 */
import { type Backend, createQemuBackend } from "../../../lib/vm/mod.ts";
import { runProgram } from "../../../scripts/images/mod.ts";
import { doubleBackend } from "./double_backend.ts";

/** A hypervisor to test. */
export interface Hypervisor {
  /** The backend's name. */
  readonly name: string;
  /** Makes the backend; `onStart` is called right before the hypervisor is asked for a machine. */
  backend(onStart?: () => void): Backend;
  /** Whether it tells which ports the guest has open. */
  readonly tellsPorts: boolean;
  /** What a script has to begin with so that its streams are the console, and bytes pass it as they are. */
  readonly attachConsole: string;
  /** What a machine says whose hypervisor a signal has ended. */
  readonly killed: Readonly<Record<"SIGKILL" | "SIGTERM", RegExp>>;
  /** The names of the programs that run a machine, in their order. */
  readonly programs: readonly string[];
  /** The file that the guest's first disk is written to, in the machine's folder. */
  readonly clone: string;
  /** Throws if such a file is broken. */
  checkClone(path: string): Promise<void>;
}

const RAW = "stty raw -echo;";

/** All of them; Virtualization.framework is its double. */
export const HYPERVISORS: readonly Hypervisor[] = [
  {
    name: "qemu",
    backend: (onStart) => createQemuBackend({ onCommand: onStart }),
    tellsPorts: true,
    attachConsole: RAW,
    killed: {
      SIGKILL: /^it was ended by signal 9$/,
      SIGTERM: /terminating on signal 15/,
    },
    programs: ["qemu-system-x86", "sh", "sh"],
    clone: "disk0.qcow2",
    checkClone: async (path) => {
      await runProgram("qemu-img", ["check", "-f", "qcow2", path]);
    },
  },
  {
    name: "vz",
    backend: (onStart) => doubleBackend({ onConfiguration: onStart }),
    // The console's driver is a module of this guest: its init was started without one.
    tellsPorts: false,
    attachConsole: `exec <>/dev/hvc0 >&0 2>&0; ${RAW}`,
    killed: {
      SIGKILL: /^Internal Virtualization error\. The virtual machine stopped unexpectedly\./,
      SIGTERM: /^Internal Virtualization error\..*terminating on signal 15/s,
    },
    programs: ["qemu-system-x86"],
    clone: "disk0.img",
    // Every file is a raw disk.
    checkClone: () => Promise.resolve(),
  },
];
