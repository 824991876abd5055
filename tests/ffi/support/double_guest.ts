/**
 * A small guest over the double of the framework.
 */
import { join } from "node:path";
import {
  openBindings,
  Virtualization,
  type VirtualMachine,
  type VirtualMachineConfiguration,
  type VirtualMachineEvent,
} from "../../../ffi/mod.ts";
import { tinyGuest } from "../../vm/support/tiny_guest.ts";
import { temporaryFolder } from "../../vm/support/temporary_folder.ts";
import { buildDouble } from "../../vz_double/build_double.ts";

/** The library over the double, which {@linkcode buildDouble} makes. */
export const virtualization: Virtualization = new Virtualization(openBindings(await buildDouble()));

const MIB = 2 ** 20;

/** The smallest machine that boots. Its script can call `port NAME`, which prints a port's device. */
export async function tinyConfiguration(
  script: string,
  changes: Partial<VirtualMachineConfiguration> = {},
): Promise<VirtualMachineConfiguration> {
  const { kernel, initramfs } = await tinyGuest();
  const commandLine = `console=hvc0 quiet script=${btoa(script)}`;
  return {
    bootLoader: { kind: "linux", kernel, initramfs, commandLine },
    platform: {
      machineIdentifier: virtualization.machineIdentifier(),
      nestedVirtualization: false,
    },
    cpus: 1,
    memory: 256 * MIB,
    console: null,
    ports: [],
    disks: [],
    networks: [],
    shares: [],
    rosetta: null,
    entropy: false,
    balloon: false,
    ...changes,
  };
}

/** A machine with a console and ports, all connected. */
export interface DoubleGuest extends AsyncDisposable {
  /** The machine, which is not started. */
  readonly machine: VirtualMachine;
  /** The host's end of the console. */
  readonly console: Deno.Conn;
  /** The host's ends of the ports, by their names. */
  readonly ports: ReadonlyMap<string, Deno.Conn>;
  /** Its events, except the ends of operations. */
  readonly events: VirtualMachineEvent[];
  /** Waits for an event of the kind. */
  event(kind: VirtualMachineEvent["kind"]): Promise<VirtualMachineEvent>;
}

/** Makes a machine that runs the script as its init. */
export async function createGuest(
  script: string,
  options: {
    readonly ports?: readonly string[];
    readonly changes?: Partial<VirtualMachineConfiguration>;
  } = {},
): Promise<DoubleGuest> {
  await using folder = await temporaryFolder();
  const names = options.ports ?? [];
  const paths = ["console", ...names].map((name) => join(folder.path, name));
  using listeners = new DisposableStack();
  const accepting = paths.map((path) =>
    listeners.use(Deno.listen({ transport: "unix", path })).accept()
  );
  const configuration = await tinyConfiguration(script, {
    console: paths[0]!,
    ports: names.map((name, index) => ({ name, socket: paths[index + 1]! })),
    ...options.changes,
  });

  const events: VirtualMachineEvent[] = [];
  const waiting: { kind: string; resolve: (event: VirtualMachineEvent) => void }[] = [];
  const machine = virtualization.create(configuration, (event) => {
    events.push(event);
    for (const { kind, resolve } of waiting) if (kind === event.kind) resolve(event);
  });
  const [console, ...ports] = await Promise.all(accepting);
  return {
    machine,
    console: console!,
    ports: new Map(names.map((name, index) => [name, ports[index]!])),
    events,
    event: (kind) => {
      const past = events.find((event) => event.kind === kind);
      if (past !== undefined) return Promise.resolve(past);
      return new Promise((resolve) => waiting.push({ kind, resolve }));
    },
    [Symbol.asyncDispose]: async () => {
      await machine[Symbol.asyncDispose]();
      for (const connection of [console!, ...ports]) {
        try {
          connection.close();
        } catch (error) {
          // Its stream was read to the end, which has closed it.
          if (!(error instanceof Deno.errors.BadResource)) throw error;
        }
      }
    },
  };
}

/** The script of a guest for {@linkcode runInGuest}: it runs the lines that come on the port "in". */
export const SHELL = `exec <$(port in) >$(port out) 2>&1
  while read -r line; do eval "$line"; printf '\\nstatus %s\\n' $?; done`;

/** Runs a line of shell in a guest and returns its output. */
export async function runInGuest(guest: DoubleGuest, line: string): Promise<string> {
  await write(guest.ports.get("in")!, `${line}\n`);
  const [, output, status] = /^(.*)\nstatus (\d+)\n$/s.exec(
    await readUntil(guest.ports.get("out")!, /\nstatus \d+\n$/),
  )!;
  if (status !== "0") throw new Error(`${line} has failed in the guest: ${output}`);
  return output!;
}

/** Reads a connection until a text has come. Returns everything that it has read. */
export async function readUntil(
  connection: Deno.Conn,
  text: string | RegExp,
): Promise<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(65536);
  let read = "";
  while (!(typeof text === "string" ? read.includes(text) : text.test(read))) {
    const length = await connection.read(buffer);
    if (length === null) throw new Error(`The guest ended without ${text}: ${read}`);
    read += decoder.decode(buffer.subarray(0, length), { stream: true });
  }
  return read;
}

/** Writes a text to a connection. */
export async function write(connection: Deno.Conn, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let written = 0; written < bytes.length;) {
    written += await connection.write(bytes.subarray(written));
  }
}
