/** A guest that is up in two seconds even when it is emulated, and what it says. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type Backend,
  createQemuBackend,
  type Machine,
  type MachineSpecification,
  type StartOptions,
} from "../../../lib/vm/mod.ts";
import {
  cachedFolder,
  makeTinyGuest,
  type PackageArchitecture,
} from "../../../scripts/images/mod.ts";

const CACHE = fileURLToPath(new URL("../../fixtures/cache", import.meta.url));

/** A kernel and its initramfs. */
export interface TinyGuest {
  /** The kernel's path. */
  readonly kernel: string;
  /** The initramfs's path. */
  readonly initramfs: string;
}

/** Makes the tiny guest, or finds it made already. */
export async function tinyGuest(architecture: PackageArchitecture = "amd64"): Promise<TinyGuest> {
  const folder = await cachedFolder({
    cache: CACHE,
    name: `tiny-guest-${architecture}`,
    recipe: [new URL("../../../scripts/images/tiny_guest.ts", import.meta.url)],
    make: async ({ folder, work }) => {
      await Deno.mkdir(folder);
      await makeTinyGuest(folder, work, architecture);
    },
  });
  return { kernel: join(folder, "kernel"), initramfs: join(folder, "initramfs") };
}

/** What {@linkcode startTinyGuest} starts besides its script. */
export interface TinyGuestOptions extends StartOptions {
  /** What differs from the smallest machine. */
  readonly machine?: Partial<MachineSpecification>;
  /** The backend. Default: QEMU as it is found. */
  readonly backend?: Backend;
  /** The kernel's name of its console. */
  readonly console?: string;
}

/** Starts a machine that runs `script` as its init, with its files in `folder`. */
export async function startTinyGuest(
  folder: string,
  script: string,
  options: TinyGuestOptions = {},
): Promise<Machine> {
  const { machine, backend = createQemuBackend(), console, ...startOptions } = options;
  const { kernel, initramfs } = await tinyGuest();
  const commandLine = [
    `console=${console ?? backend.consoleDevice("x86_64")}`,
    "quiet",
    ...backend.kernelArguments("x86_64"),
    `script=${btoa(script)}`,
  ].join(" ");
  return await backend.start({
    architecture: "x86_64",
    cpus: 1,
    memory: 256 * 2 ** 20,
    kernel,
    initramfs,
    commandLine,
    disks: [],
    network: false,
    ports: [],
    folder,
    ...machine,
  }, startOptions);
}

/** Reads a guest's output to its end, as text. */
export async function readText(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  return await new Response(stream).text();
}

/** Reads until a text has come, and returns everything up to the end of the piece that had its end. */
export async function readUntil(
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
  text: string,
): Promise<string> {
  const decoder = new TextDecoder();
  let read = "";
  while (!read.includes(text)) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`The guest ended without ${JSON.stringify(text)}: ${read}`);
    read += decoder.decode(value, { stream: true });
  }
  return read;
}
