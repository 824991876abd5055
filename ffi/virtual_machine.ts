import type { Bindings } from "./bindings.ts";
import { type CompletedEvent, type State, STATES, type VirtualMachineEvent } from "./event.ts";
import { VirtualizationError } from "./virtualization_error.ts";

/** An operation that has not ended. */
interface Pending {
  /** What it does, for its error. */
  readonly what: string;
  /** The two ends of its promise. */
  readonly promise: PromiseWithResolvers<CompletedEvent>;
}

/**
 * A virtual machine of the framework. {@linkcode Virtualization.create} makes them. Its methods are those of
 * VZVirtualMachine: they say what the framework does, and decide nothing.
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
   * Not for callers: {@linkcode Virtualization.create} is.
   *
   * @param bindings The loaded dylib.
   * @param number The machine's number in it.
   * @param onEvent Called with each event that is not the end of an operation.
   */
  constructor(bindings: Bindings, number: number, onEvent: (event: VirtualMachineEvent) => void) {
    this.#bindings = bindings;
    this.#number = number;
    this.#onEvent = onEvent;
  }

  /** The state that the last event came with. */
  get state(): State {
    return this.#state;
  }

  /**
   * Starts the guest, or starts it anew.
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
   * Presses the power button: it is for the guest to power itself off.
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
   * Ends the guest, whatever it is doing. There is no event for it.
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
   * Writes a paused machine's state to a file; it stays paused. The disks are not in it.
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
   * Makes a stopped machine the paused one that was saved.
   *
   * @param path The file.
   * @throws {VirtualizationError} If the machine is not stopped or is another one than was saved, or macOS is too old.
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
   * @param bytes How much the guest is to have.
   * @throws {VirtualizationError} If the machine has no balloon.
   */
  async setMemoryTarget(bytes: number): Promise<void> {
    await this.#operate(
      "set the guest's memory",
      (request) => this.#bindings.snapvm_vz_set_memory_target(this.#number, request, BigInt(bytes)),
    );
  }

  /**
   * Connects to a vsock port that a program in the guest listens on.
   *
   * @param port The port.
   * @returns The descriptor of the connection, a stream socket that belongs to the caller.
   * @throws {VirtualizationError} If nobody listens in the guest, or the machine has no socket device.
   */
  async connectVsock(port: number): Promise<number> {
    const { descriptor } = await this.#operate(
      `connect to the guest's port ${port}`,
      (request) => this.#bindings.snapvm_vz_vsock_connect(this.#number, request, port),
    );
    return descriptor!;
  }

  /**
   * Accepts connections from the guest to a vsock port: each is a `vsock-accepted` event.
   *
   * @param port The port.
   * @throws {VirtualizationError} If the machine has no socket device.
   */
  async listenVsock(port: number): Promise<void> {
    await this.#operate(
      `listen on port ${port}`,
      (request) => this.#bindings.snapvm_vz_vsock_listen(this.#number, request, port),
    );
  }

  /**
   * Accepts no more connections to a vsock port.
   *
   * @param port The port.
   */
  async unlistenVsock(port: number): Promise<void> {
    await this.#operate(
      `stop listening on port ${port}`,
      (request) => this.#bindings.snapvm_vz_vsock_unlisten(this.#number, request, port),
    );
  }

  /**
   * Lets go of the machine and waits until the framework has: its console and its ports are closed then. It is stopped
   * before; the framework ends a guest that still runs. A second call waits for the first.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#released === undefined) {
      this.#released = Promise.withResolvers();
      this.#bindings.snapvm_vz_release(this.#number);
    }
    await this.#released.promise;
  }

  /**
   * Not for callers: the events come from {@linkcode Virtualization}.
   *
   * @param event One of this machine's.
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

  #operate(what: string, call: (request: number) => number): Promise<CompletedEvent> {
    const request = ++this.#lastRequest;
    if (call(request) < 0) {
      return Promise.reject(
        new VirtualizationError(`Cannot ${what}: the virtual machine was released`),
      );
    }
    const promise = Promise.withResolvers<CompletedEvent>();
    this.#pending.set(request, { what, promise });
    return promise.promise;
  }

  #complete(event: CompletedEvent): void {
    const pending = this.#pending.get(event.request);
    this.#pending.delete(event.request);
    if (event.error === undefined) {
      pending?.promise.resolve(event);
    } else {
      const message = `Cannot ${pending?.what}: ${event.error}`;
      pending?.promise.reject(new VirtualizationError(message));
    }
  }

  /** Operations that the release has overtaken never complete. */
  #abandon(): void {
    for (const { what, promise } of this.#pending.values()) {
      promise.reject(new VirtualizationError(`Cannot ${what}: the virtual machine was released`));
    }
    this.#pending.clear();
  }
}
