import { type Bindings, TEXT_CAPACITY } from "./bindings.ts";
import type { VirtualMachineConfiguration } from "./configuration.ts";
import type { VirtualMachineEvent } from "./event.ts";
import { VirtualMachine } from "./virtual_machine.ts";
import { VirtualizationError } from "./virtualization_error.ts";

/** What this Mac can do. */
export interface Host {
  /** The version of macOS in its own words: `Version 14.5 (Build 23F79)`. */
  readonly system: string;
  /** Whether virtual machines work at all here (`VZVirtualMachine.isSupported`). */
  readonly supported: boolean;
  /** The least number of virtual processors. */
  readonly minimumCpus: number;
  /** The greatest number of virtual processors. */
  readonly maximumCpus: number;
  /** The least memory in bytes. */
  readonly minimumMemory: number;
  /** The most memory in bytes. */
  readonly maximumMemory: number;
  /** Whether machines can be saved and restored: macOS 14 on Apple silicon. */
  readonly saveRestore: boolean;
  /** Whether there are network disks: macOS 14. */
  readonly networkDisks: boolean;
  /** Whether a guest can run virtual machines: macOS 15 on some processors. */
  readonly nestedVirtualization: boolean;
  /** Whether a guest can run x86-64 programs through Rosetta. */
  readonly rosetta: "installed" | "not-installed" | "not-supported";
}

/** What {@linkcode Virtualization.validate} finds in a configuration that is valid. */
export interface Validation {
  /** Why a machine of it could not be saved; `null` when it could. */
  readonly saveRestoreRefusal: string | null;
}

/**
 * Virtualization.framework, through the dylib. One object in a process: it takes the events of all machines.
 */
export class Virtualization {
  readonly #bindings: Bindings;
  readonly #machines = new Map<number, VirtualMachine>();
  #listening: Promise<void> | undefined;

  /**
   * Makes the framework's functions callable.
   *
   * @param bindings The loaded dylib.
   */
  constructor(bindings: Bindings) {
    this.#bindings = bindings;
  }

  /**
   * Asks what this Mac can do.
   *
   * @throws {VirtualizationError} If the framework raises an exception.
   */
  host(): Host {
    return JSON.parse(this.#answer("ask what this Mac can do", this.#bindings.snapvm_vz_host));
  }

  /**
   * Makes a new machine identifier.
   *
   * @returns What {@linkcode Platform.machineIdentifier} takes.
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
   * @param path Where it will be; there is no file yet.
   * @throws {VirtualizationError} If the framework does not make it.
   */
  createVariableStore(path: string): void {
    this.#answer(
      `create the EFI variable store ${path}`,
      (text, capacity) =>
        this.#bindings.snapvm_vz_create_variable_store(terminated(path), text, capacity),
    );
  }

  /**
   * Lets the framework look at a configuration, at the host and at this process's entitlement. It connects to the sockets
   * that the configuration names, and makes no machine.
   *
   * @param configuration What to look at.
   * @throws {VirtualizationError} If a machine of it cannot be made, with the framework's reason.
   */
  validate(configuration: VirtualMachineConfiguration): Validation {
    const json = new TextEncoder().encode(JSON.stringify(configuration));
    return JSON.parse(this.#answer(
      "validate the virtual machine",
      (text, capacity) => this.#bindings.snapvm_vz_validate(json, json.length, text, capacity),
    ));
  }

  /**
   * Makes a machine, which is then stopped.
   *
   * @param configuration What it is made of.
   * @param onEvent Called with each event that is not the end of an operation.
   * @throws {VirtualizationError} If the framework does not take the configuration.
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
   * Makes a file that shares its blocks with another one until either is written: an APFS clone.
   *
   * @param from The file; a symbolic link is followed.
   * @param to Where the clone will be; there is no file yet.
   * @returns 0, or the number of the system's error: ENOTSUP (45) or EXDEV (18) when the filesystem cannot share blocks.
   */
  cloneFile(from: string, to: string): Promise<number> {
    return this.#bindings.snapvm_vz_clone_file(terminated(from), terminated(to));
  }

  /**
   * Copies the data of a sparse file; its holes stay holes.
   *
   * @param from The file.
   * @param to Where the copy will be; there is no file yet, and none when the copy fails.
   * @returns 0, or the number of the system's error.
   */
  copyFile(from: string, to: string): Promise<number> {
    return this.#bindings.snapvm_vz_copy_file(terminated(from), terminated(to));
  }

  /** Hands events out for as long as there is a machine. */
  async #listen(): Promise<void> {
    const text = new Uint8Array(TEXT_CAPACITY);
    while (this.#machines.size > 0) {
      const length = await this.#bindings.snapvm_vz_next_event(text, text.length);
      const event: VirtualMachineEvent = JSON.parse(
        new TextDecoder().decode(text.subarray(0, length)),
      );
      this.#machines.get(event.machine)?.takeEvent(event);
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

/** A string as C takes it. */
function terminated(string: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${string}\0`);
}

function failure(what: string, text: Uint8Array, length: number): VirtualizationError {
  const words = new TextDecoder().decode(text.subarray(0, -length));
  return new VirtualizationError(`Cannot ${what}: ${words}`);
}
