import {
  AgentConnection,
  connectInGuest,
  type GuestEvent,
  mountInGuest,
  powerGuest,
  setGuestClock,
  statInGuest,
  unmountInGuest,
} from "../../guest/mod.ts";
import type { Machine, MachineEnd } from "../machine.ts";
import type { MachineEnding, MachineFolder, MachineStatus } from "../../machines/mod.ts";
import { hasCode, reasonOf } from "../../error/mod.ts";
import { join } from "../../host/mod.ts";
import type { PortListeners } from "../ports/port_listeners.ts";
import { ConsoleHub } from "./console_hub.ts";
import { ControlServer } from "./control_server.ts";
import type { GuestMount } from "./guest_mount.ts";
import { HOST_CLOCK, type HostClock } from "./host_clock.ts";
import { keepGuestClock } from "./keep_guest_clock.ts";
import { lastLines } from "./last_lines.ts";
import { mountShares, unmountShares } from "./mount_shares.ts";
import { ownStreams } from "./own_streams.ts";
import { isLater, statusAfter } from "./status_after.ts";
import { StatusKeeper } from "./status_keeper.ts";
import { watchAgent } from "./watch_agent.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** The name of the file that takes what a guest shows. */
export const CONSOLE_FILE = "console.log";

/** What is said of an agent that took the place of another. */
const AGENT_AGAIN = "The guest's agent was ended, and has begun again: what it did then is lost";

/** What is said of an agent that has no process any more, and of one that is silent: ends of a sentence. */
const AGENT_GONE = "it was ended";
const AGENT_SILENT = "it does not answer";

/** A guest that ends closes the port, too; its hypervisor tells of the end within this time, in milliseconds. */
const END_MS = 1000;

/** How often a guest is asked to power off: one whose init has just begun hears nothing. In milliseconds. */
const ASK_AGAIN_MS = 5000;

/** How many problems are told. */
const MAX_PROBLEMS = 100;

/** What a {@linkcode Supervisor} takes over, and what it calls. */
export interface SupervisorOptions {
  /** The machine's folder. */
  readonly folder: MachineFolder;
  /** The machine, which has just been started. */
  readonly machine: Machine;
  /** The name of the port of the guest's agent; absent if the guest has none. */
  readonly agentPort?: string | undefined;
  /** What the guest mounts before it is called ready, in this order. */
  readonly mounts?: readonly GuestMount[] | undefined;
  /** The ports of the host that lead to the guest. They are given back when the machine ends. */
  readonly ports?: PortListeners | undefined;
  /** Called with each event of the guest's agent, before the status changes. */
  readonly onEvent?: ((event: GuestEvent) => void) | undefined;
  /** Called with all that the guest shows on its console. What it throws ends `console.ended`. */
  readonly onConsole?: ((bytes: Bytes) => void) | undefined;
  /** Called with what could not be done as it should: a sentence. */
  readonly onProblem?: ((problem: string) => void) | undefined;
  /** The clocks that the guest's clock follows; by default this host's. */
  readonly clock?: HostClock | undefined;
}

/**
 * Owns a machine that runs: it reads its console, speaks with its agent, serves its control socket and its ports, and
 * keeps its status true. It does not own its folder.
 */
export class Supervisor implements AsyncDisposable {
  /** The machine. */
  readonly machine: Machine;
  /** The connection to the guest's agent, if it has one. */
  readonly agent: AgentConnection | undefined;
  /** The guest's console. */
  readonly console: ConsoleHub;
  /** Settles, and never rejects, when the machine has ended and everything has been said about it. */
  readonly ended: Promise<MachineEnd>;
  readonly #options: SupervisorOptions;
  readonly #status: StatusKeeper;
  readonly #mounted = Promise.withResolvers<void>();
  #isMounting = false;
  #isAgentGone = false;
  #portTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #over = Promise.withResolvers<MachineEnd>();
  #server: ControlServer | undefined;
  #stopping: Promise<MachineEnd> | undefined;

  private constructor(options: SupervisorOptions) {
    const { machine, folder, agentPort, ports } = options;
    this.#options = options;
    this.machine = machine;
    // Nobody may ask for it.
    this.#mounted.promise.catch(() => {});
    this.#status = new StatusKeeper(folder.path, {
      version: 1,
      state: "running",
      pid: Deno.pid,
      started: new Date().toISOString(),
      acceleration: machine.acceleration,
      stage: "kernel",
      agent: false,
      targets: [],
      addresses: [],
      ports: ports?.ports ?? [],
      problems: [],
    }, (problem) => options.onProblem?.(problem));
    this.console = new ConsoleHub(machine.console, {
      path: join(folder.path, CONSOLE_FILE),
      onBytes: options.onConsole,
      onProblem: (problem) => this.#complain(problem),
    });
    this.agent = agentPort === undefined
      ? undefined
      : new AgentConnection(machine.port(agentPort), {
        onEvent: (event) => this.#onEvent(event),
        onAgain: () => this.#complainOnce(AGENT_AGAIN),
        onBack: () => this.#agentIsBack(),
      });
    if (agentPort !== undefined && "onPort" in machine) {
      machine.onPort = (name, isOpen) => {
        if (name === agentPort) this.#agentPortChanged(isOpen);
      };
    }
    this.ended = this.#finish();
    void this.#serveWhenReady();
  }

  /**
   * Takes over a machine. From now on other commands can reach it.
   *
   * @param options The machine.
   * @returns Its supervisor.
   */
  static async begin(options: SupervisorOptions): Promise<Supervisor> {
    const supervisor = new Supervisor(options);
    try {
      await supervisor.#listen();
    } catch (error) {
      await supervisor[Symbol.asyncDispose]();
      throw error;
    }
    return supervisor;
  }

  /** What is said of the machine now. */
  get status(): MachineStatus {
    return this.#status.status;
  }

  /**
   * Settles when the guest has mounted its shares, which is before it is called ready; rejects with a `SnapvmError`
   * (`share-not-mounted`) if it cannot mount one. If the guest ends before that, it does not settle.
   */
  get mounted(): Promise<void> {
    return this.#mounted.promise;
  }

  /** Calls a follower after each change of the status, until the result is disposed of. */
  followStatus(follower: (status: MachineStatus) => void): Disposable {
    return this.#status.follow(follower);
  }

  /**
   * Asks the guest to power off, and ends the machine if it has not by then. If it was asked before, the shorter time
   * counts.
   *
   * @param timeout How long the guest has, in milliseconds.
   * @returns How it ended.
   */
  async stop(timeout: number): Promise<MachineEnd> {
    const timer = setTimeout(() => void this.machine.stop(), timeout);
    try {
      this.#stopping ??= this.#askToStop();
      return await this.#over.promise;
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Ends the machine at once.
   *
   * @returns How it ended.
   */
  async kill(): Promise<MachineEnd> {
    this.#markStopping();
    await this.machine.stop();
    return await this.#over.promise;
  }

  /** Ends the machine if it still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await this.ended;
  }

  async #listen(): Promise<void> {
    const agent = this.#relay();
    // Nobody may ask for it.
    agent.catch(() => {});
    this.#server = await ControlServer.listen(this.#options.folder.path, {
      agent,
      own: ownStreams(this),
    });
  }

  async #relay(): Promise<AgentConnection> {
    const { agent } = this;
    if (agent === undefined) throw new Error("the guest has no agent");
    await agent.hello;
    return agent;
  }

  async #serveWhenReady(): Promise<void> {
    const { agent } = this;
    const { ports } = this.#options;
    if (agent === undefined) return;
    try {
      await agent.hello;
    } catch {
      return;
    }
    this.#status.change({ agent: true });
    using _clock = keepGuestClock({
      set: (time) => setGuestClock(agent, time),
      onError: (error) => {
        // Whatever else it is, it is told of where the connection ends.
        if (hasCode(error, "guest-refused")) this.#complain(error.message);
      },
      clock: this.#options.clock,
    });
    using _watch = "onPort" in this.machine ? undefined : watchAgent({
      ask: async () => void await statInGuest(agent, "/"),
      onSilence: () => this.#giveAgentUp(AGENT_SILENT, false),
      clock: this.#options.clock,
    });
    ports?.serve((address) => connectInGuest(agent, address), (problem) => this.#complain(problem));
    const error = await agent.ended;
    if (this.status.state === "stopped") return;
    this.#status.change({ agent: false });
    if (error !== undefined) this.#complain(error.message);
  }

  #agentPortChanged(isOpen: boolean): void {
    clearTimeout(this.#portTimer);
    if (isOpen) return;
    this.#portTimer = setTimeout(() => this.#giveAgentUp(AGENT_GONE, true), END_MS);
  }

  #giveAgentUp(why: string, isGone: boolean): void {
    if (this.status.state === "stopped" || !this.status.agent) return;
    this.#isAgentGone ||= isGone;
    this.agent?.giveUp(why, isGone);
    this.#status.change({ agent: false });
    // Many a guest that shuts down ends everything before it ends itself.
    if (this.status.state === "running") {
      this.#complainOnce(`The guest's agent cannot be reached: ${why}`);
    }
  }

  #agentIsBack(): void {
    this.#isAgentGone = false;
    this.#status.change({ agent: true });
  }

  /** A guest could make it happen without end. */
  #complainOnce(problem: string): void {
    if (!this.status.problems.includes(problem)) this.#complain(problem);
  }

  #onEvent(event: GuestEvent): void {
    // An agent that begins again tells of all stages again.
    if (event.kind === "stage" && !isLater(event.name, this.status.stage)) return;
    const isReady = event.kind === "stage" && event.name === "ready";
    if (!isReady) return this.#take(event);
    if (this.#isMounting) return;
    this.#isMounting = true;
    const mounting = this.#mount();
    if ((this.#options.mounts ?? []).length === 0) return this.#take(event);
    // What the guest itself mounts while it starts would hide them.
    void mounting.then(() => this.#take(event));
  }

  /** Mounts the shares; a guest that cannot is told of, and goes on without them. */
  async #mount(): Promise<void> {
    const { mounts = [], machine } = this.#options;
    const { agent } = this;
    try {
      if (agent !== undefined) {
        await mountShares(mounts, machine.shareTypes, {
          mount: (share) => mountInGuest(agent, share),
        });
      }
      this.#mounted.resolve();
    } catch (error) {
      this.#mounted.reject(error);
      this.#complain(reasonOf(error));
    }
  }

  #take(event: GuestEvent): void {
    this.#options.onEvent?.(event);
    const changes = statusAfter(event, this.status, () => lastLines(this.console.tail));
    // Who tells of something is there.
    const agent = !this.#isAgentGone;
    if (changes !== undefined) this.#status.change({ agent, ...changes });
  }

  #complain(problem: string): void {
    this.#options.onProblem?.(problem);
    const { problems } = this.status;
    if (problems.length < MAX_PROBLEMS) this.#status.change({ problems: [...problems, problem] });
  }

  #markStopping(): void {
    if (this.status.state === "running") this.#status.change({ state: "stopping" });
  }

  /** Without an agent, or when it is gone, there is nobody to ask. */
  async #askToStop(): Promise<MachineEnd> {
    this.#markStopping();
    const { agent } = this;
    if (agent === undefined) return await this.kill();
    const { clock = HOST_CLOCK, mounts = [] } = this.#options;
    const askForPower = () => powerGuest(agent, { how: "off" });
    try {
      await agent.hello;
      await unmountShares(mounts, { unmount: (path) => unmountInGuest(agent, path) });
      await askForPower();
    } catch {
      if (this.#isAgentGone) return await this.kill();
      // It has ended, or nobody answers: then time runs out.
    }
    let isAsking = false;
    using _again = clock.repeat(() => {
      if (isAsking) return;
      isAsking = true;
      askForPower().catch(() => {}).finally(() => isAsking = false);
    }, ASK_AGAIN_MS);
    return await this.#over.promise;
  }

  async #finish(): Promise<MachineEnd> {
    const end = await this.machine.ended;
    clearTimeout(this.#portTimer);
    this.#options.ports?.[Symbol.dispose]();
    // All that the guest showed last is there then; who kept it may have failed before.
    await this.console.ended.catch(() => {});
    await this.agent?.ended;
    this.#status.change({
      state: "stopped",
      agent: false,
      addresses: [],
      ports: [],
      end: this.#ending(end),
    });
    this.#status.flush();
    this.#over.resolve(end);
    await this.#server?.close();
    this.console.close();
    return end;
  }

  #ending(end: MachineEnd): MachineEnding {
    const isBad = end.reason === "panic" || end.reason === "hypervisor-failed";
    return {
      reason: end.reason,
      ...end.reason === "hypervisor-failed" && { detail: end.detail },
      ...isBad && { console: lastLines(this.console.tail) },
      time: new Date().toISOString(),
    };
  }
}
