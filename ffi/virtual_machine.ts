import type { Bindings } from "./bindings.ts";
import { type CompletedEvent, type State, STATES, type VirtualMachineEvent } from "./event.ts";
import { VirtualizationError } from "./virtualization_error.ts";

/** An operation that has not ended yet. */
interface Pending {
  /** What it does, for its error. */
  readonly what: string;
  /** Its promise. */
  readonly promise: PromiseWithResolvers<void>;
}

/**
 * A virtual machine of the framework, from {@linkcode Virtualization.create}. Its methods are VZVirtualMachine's, without any
 * policy.
 */
export class VirtualMachine implements AsyncDisposable {
  readonly #bindings: Bindings;
  readonly #number: number;
  readonly #onEvent: (event: VirtualMachineEvent) => void;
  readonly #pending = new Map<number, Pending>();
  #lastRequest = 0;
  #state: State = "stopped";
  #released: PromiseWithResolvers<void> | undefined;

  /**
   * Not for callers: use {@linkcode Virtualization.create}.
   *
   * @param bindings The loaded dylib.
   * @param number The machine's number in the dylib.
   * @param onEvent Called with each event that is not the end of an operation.
   */
  constructor(bindings: Bindings, number: number, onEvent: (event: VirtualMachineEvent) => void) {
    this.#bindings = bindings;
    this.#number = number;
    this.#onEvent = onEvent;
  }

  /** The state in the last event. */
  get state(): State {
    return this.#state;
  }

  /**
   * Starts the guest. A machine that has stopped can start again.
   *
   * @throws {VirtualizationError} If the framework cannot.
   */
  async start(): Promise<void> {
    await this.#operate(
      "start the virtual machine",
      (request) => this.#bindings.snapvm_vz_start(this.#number, request),
    );
  }

  /**
   * Presses the power button. The guest decides what to do about it.
   *
   * @throws {VirtualizationError} If the machine is not running.
   */
  async requestStop(): Promise<void> {
    await this.#operate(
      "ask the guest to stop",
      (request) => this.#bindings.snapvm_vz_request_stop(this.#number, request),
    );
  }

  /**
   * Ends the guest at once. No event follows.
   *
   * @throws {VirtualizationError} If the machine is neither running nor paused.
   */
  async stop(): Promise<void> {
    await this.#operate(
      "stop the virtual machine",
      (request) => this.#bindings.snapvm_vz_stop(this.#number, request),
    );
  }

  /**
   * Halts the guest's processors.
   *
   * @throws {VirtualizationError} If the machine is not running.
   */
  async pause(): Promise<void> {
    await this.#operate(
      "pause the virtual machine",
      (request) => this.#bindings.snapvm_vz_pause(this.#number, request),
    );
  }

  /**
   * Lets a paused guest go on.
   *
   * @throws {VirtualizationError} If the machine is not paused.
   */
  async resume(): Promise<void> {
    await this.#operate(
      "resume the virtual machine",
      (request) => this.#bindings.snapvm_vz_resume(this.#number, request),
    );
  }

  /**
   * Writes a paused machine's state, without its disks, to a file. The machine stays paused.
   *
   * @param path The file.
   * @throws {VirtualizationError} If the machine is not paused or cannot be saved, or macOS is too old.
   */
  async save(path: string): Promise<void> {
    const bytes = new TextEncoder().encode(`${path}\0`);
    await this.#operate(
      `save the virtual machine to ${path}`,
      (request) => this.#bindings.snapvm_vz_save(this.#number, request, bytes),
    );
  }

  /**
   * Gives a stopped machine the saved state. It is paused then.
   *
   * @param path The file.
   * @throws {VirtualizationError} If the machine is not stopped, the state is another machine's, or macOS is too old.
   */
  async restore(path: string): Promise<void> {
    const bytes = new TextEncoder().encode(`${path}\0`);
    await this.#operate(
      `restore the virtual machine from ${path}`,
      (request) => this.#bindings.snapvm_vz_restore(this.#number, request, bytes),
    );
  }

  /**
   * Asks the guest's balloon driver to give memory back, or to take it again.
   *
   * @param bytes How many bytes the guest should have.
   * @throws {VirtualizationError} If the machine has no balloon.
   */
  async setMemoryTarget(bytes: number): Promise<void> {
    await this.#operate(
      "set the guest's memory",
      (request) => this.#bindings.snapvm_vz_set_memory_target(this.#number, request, BigInt(bytes)),
    );
  }

  /**
   * Releases the machine and waits until the framework has released it, too: its console and ports are closed then. Stop the
   * machine before; the framework ends a guest that still runs. A second call waits for the first.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#released === undefined) {
      this.#released = Promise.withResolvers();
      this.#bindings.snapvm_vz_release(this.#number);
    }
    await this.#released.promise;
  }

  /**
   * Not for callers: {@linkcode Virtualization} calls it.
   *
   * @param event An event of this machine.
   */
  takeEvent(event: VirtualMachineEvent): void {
    this.#state = STATES[event.state] ?? "error";
    if (event.kind === "completed") {
      this.#complete(event);
      return;
    }
    if (event.kind === "released") {
      this.#abandon();
      this.#released?.resolve();
    }
    this.#onEvent(event);
  }

  #operate(what: string, call: (request: number) => number): Promise<void> {
    const request = ++this.#lastRequest;
    if (call(request) < 0) {
      return Promise.reject(
        new VirtualizationError(`Cannot ${what}: the virtual machine was released`),
      );
    }
    const promise = Promise.withResolvers<void>();
    this.#pending.set(request, { what, promise });
    return promise.promise;
  }

  #complete(event: CompletedEvent): void {
    const pending = this.#pending.get(event.request);
    this.#pending.delete(event.request);
    if (event.error === undefined) {
      pending?.promise.resolve();
    } else {
      const message = `Cannot ${pending?.what}: ${event.error}`;
      pending?.promise.reject(new VirtualizationError(message));
    }
  }

  /** Operations that were pending at the release never complete. */
  #abandon(): void {
    for (const { what, promise } of this.#pending.values()) {
      promise.reject(new VirtualizationError(`Cannot ${what}: the virtual machine was released`));
    }
    this.#pending.clear();
  }
}
