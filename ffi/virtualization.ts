import { type Bindings, TEXT_CAPACITY } from "./bindings.ts";
import type { VirtualMachineConfiguration } from "./configuration.ts";
import type { VirtualMachineEvent } from "./event.ts";
import { VirtualMachine } from "./virtual_machine.ts";
import { VirtualizationError } from "./virtualization_error.ts";

/** What this Mac can do. */
export interface Host {
  /** The version of macOS, as it calls itself: `Version 14.5 (Build 23F79)`. */
  readonly system: string;
  /** Whether this hardware can run virtual machines (`VZVirtualMachine.isSupported`). */
  readonly supported: boolean;
  /** The smallest number of virtual processors. */
  readonly minimumCpus: number;
  /** The largest number of virtual processors. */
  readonly maximumCpus: number;
  /** The smallest memory in bytes. */
  readonly minimumMemory: number;
  /** The largest memory in bytes. */
  readonly maximumMemory: number;
  /** Whether machines can be saved and restored: macOS 14 on Apple silicon. */
  readonly saveRestore: boolean;
  /** Whether a guest can run virtual machines: macOS 15 on some processors. */
  readonly nestedVirtualization: boolean;
  /** Whether a guest can run x86-64 programs through Rosetta. */
  readonly rosetta: "installed" | "not-installed" | "not-supported";
}

/** What {@linkcode Virtualization.validate} finds out about a valid configuration. */
export interface Validation {
  /** Why a machine with it could not be saved; `null` if it could. */
  readonly saveRestoreRefusal: string | null;
}

/**
 * Virtualization.framework, through the dylib. A process may have only one, because it takes the events of all machines.
 */
export class Virtualization {
  readonly #bindings: Bindings;
  readonly #machines = new Map<number, VirtualMachine>();
  #listening: Promise<void> | undefined;

  /**
   * Takes the loaded dylib.
   *
   * @param bindings What {@linkcode openBindings} returns.
   */
  constructor(bindings: Bindings) {
    this.#bindings = bindings;
  }

  /**
   * Asks what this Mac can do.
   *
   * @returns Its limits and features.
   * @throws {VirtualizationError} If the framework raises an exception.
   */
  host(): Host {
    return JSON.parse(this.#answer("ask what this Mac can do", this.#bindings.snapvm_vz_host));
  }

  /**
   * Makes a new machine identifier.
   *
   * @returns It in base64, for {@linkcode Platform.machineIdentifier}.
   * @throws {VirtualizationError} If the framework raises an exception.
   */
  machineIdentifier(): string {
    return this.#answer(
      "make a machine identifier",
      this.#bindings.snapvm_vz_machine_identifier,
    );
  }

  /**
   * Makes an EFI variable store.
   *
   * @param path The new file's path.
   * @throws {VirtualizationError} If the framework cannot make it, for example because there is a file already.
   */
  createVariableStore(path: string): void {
    this.#answer(
      `create the EFI variable store ${path}`,
      (text, capacity) =>
        this.#bindings.snapvm_vz_create_variable_store(terminated(path), text, capacity),
    );
  }

  /**
   * Lets the framework check a configuration, the host and this process's entitlement. It makes no machine, but connects to
   * the sockets in the configuration.
   *
   * @param configuration The configuration to check.
   * @returns Whether such a machine could be saved.
   * @throws {VirtualizationError} If no machine can be made with it, with the framework's reason.
   */
  validate(configuration: VirtualMachineConfiguration): Validation {
    const json = new TextEncoder().encode(JSON.stringify(configuration));
    return JSON.parse(this.#answer(
      "validate the virtual machine",
      (text, capacity) => this.#bindings.snapvm_vz_validate(json, json.length, text, capacity),
    ));
  }

  /**
   * Makes a stopped machine.
   *
   * @param configuration What it consists of.
   * @param onEvent Called with each event that is not the end of an operation. What it throws is ignored: the other
   * machines need their events.
   * @returns The machine.
   * @throws {VirtualizationError} If the framework refuses the configuration.
   */
  create(
    configuration: VirtualMachineConfiguration,
    onEvent: (event: VirtualMachineEvent) => void,
  ): VirtualMachine {
    const json = new TextEncoder().encode(JSON.stringify(configuration));
    const text = new Uint8Array(TEXT_CAPACITY);
    const number = this.#bindings.snapvm_vz_create(json, json.length, text, text.length);
    if (number < 0) {
      throw failure("create the virtual machine", text, number);
    }
    const machine = new VirtualMachine(this.#bindings, number, onEvent);
    this.#machines.set(number, machine);
    this.#listening ??= this.#listen();
    return machine;
  }

  /**
   * Makes an APFS clone: a file that shares its blocks with another one until either is written to.
   *
   * @param from The file. A symbolic link is followed.
   * @param to The clone's path. There must be no file yet.
   * @returns 0, or the system's error number: ENOTSUP (45) or EXDEV (18) if the filesystem cannot share blocks.
   */
  cloneFile(from: string, to: string): Promise<number> {
    return this.#bindings.snapvm_vz_clone_file(terminated(from), terminated(to));
  }

  /**
   * Copies a sparse file and keeps its holes.
   *
   * @param from The file.
   * @param to The copy's path. There must be no file yet, and there is none if the copy fails.
   * @returns 0, or the system's error number.
   */
  copyFile(from: string, to: string): Promise<number> {
    return this.#bindings.snapvm_vz_copy_file(terminated(from), terminated(to));
  }

  /** Hands out events while there are machines. */
  async #listen(): Promise<void> {
    const text = new Uint8Array(TEXT_CAPACITY);
    while (this.#machines.size > 0) {
      const length = await this.#bindings.snapvm_vz_next_event(text, text.length);
      const event: VirtualMachineEvent = JSON.parse(
        new TextDecoder().decode(text.subarray(0, length)),
      );
      try {
        this.#machines.get(event.machine)?.takeEvent(event);
      } catch {
        // A mistake in one machine's listener must not keep the others from their events.
      }
      if (event.kind === "released") {
        this.#machines.delete(event.machine);
      }
    }
    this.#listening = undefined;
  }

  #answer(what: string, call: (text: Uint8Array<ArrayBuffer>, capacity: number) => number): string {
    const text = new Uint8Array(TEXT_CAPACITY);
    const length = call(text, text.length);
    if (length < 0) {
      throw failure(what, text, length);
    }
    return new TextDecoder().decode(text.subarray(0, length));
  }
}

/** The string for C: with a zero at its end. */
function terminated(string: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${string}\0`);
}

function failure(what: string, text: Uint8Array, length: number): VirtualizationError {
  const words = new TextDecoder().decode(text.subarray(0, -length));
  return new VirtualizationError(`Cannot ${what}: ${words}`);
}
