import type { CommandUnknownOpts } from "@commander-js/extra-typings";

/** A command of snapvm: what `--help` needs to know, and where the rest is. */
export interface CatalogEntry {
  /** The word on the command line. */
  readonly name: string;
  /** Its operands, as usage shows them. */
  readonly operands: string;
  /** What it does, in a line. */
  readonly summary: string;
  /** Loads it: only the command that is called is worth the time that its imports take. */
  readonly load: () => Promise<CommandUnknownOpts>;
}

/** Every command, in the order in which `--help` lists them. */
export const catalog: readonly CatalogEntry[] = [
  {
    name: "run",
    operands: "IMAGE [-- CMD...]",
    summary: "boot an image: its console, or CMD in it with its exit status",
    load: async () => (await import("./run.ts")).runCommand(),
  },
  {
    name: "images",
    operands: "",
    summary: "list the images in the stores, and which of them can boot",
    load: async () => (await import("./images.ts")).imagesCommand(),
  },
  {
    name: "inspect",
    operands: "IMAGE",
    summary: "show the chain from the reference to the kernel command line",
    load: async () => (await import("./inspect.ts")).inspectCommand(),
  },
  {
    name: "kernel",
    operands: "IMAGE -o DIR",
    summary: "extract kernel, initramfs and command line",
    load: async () => (await import("./kernel.ts")).kernelCommand(),
  },
  {
    name: "fs",
    operands: "COMMAND IMAGE:/PATH",
    summary: "read files out of an image: ls, cat, stat, cp, tar, tree",
    load: async () => (await import("./fs/mod.ts")).fsCommand(),
  },
  {
    name: "doctor",
    operands: "",
    summary: "say what works here, and what to do about what does not",
    load: async () => (await import("./doctor.ts")).doctorCommand(),
  },
];
