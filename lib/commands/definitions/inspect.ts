import { defineCommand } from "../command_line/command.ts";
import { paragraphs } from "../paragraphs.ts";
import { IMAGE } from "./operands.ts";
import {
  debugOption,
  jsonOption,
  kernelOption,
  platformOption,
  pullOption,
  registryOptions,
  storeOption,
} from "./shared_options.ts";
import { unpackOption } from "./unpack_option.ts";

/** `snapvm inspect`. */
export const inspectCommand = defineCommand({
  name: "inspect",
  summary: "show the chain from reference to kernel command line",
  description: paragraphs(`
Shows the whole chain of an image: the reference, the index, the platform's manifest, the snapshot and its filesystem,
the kernels in it, the one that would be booted, and with which command line.

--json prints an object: image, reference, store, index, manifest, platform, config, snapshot, filesystem, healed,
kernels, kernel, commandLine, problems.
`),
  operands: [IMAGE],
  options: {
    kernel: kernelOption,
    json: jsonOption,
    platform: platformOption,
    pull: pullOption,
    unpack: unpackOption,
    store: storeOption,
    ...registryOptions,
    debug: debugOption,
  },
  load: async () =>
    (await import(import.meta.resolve("../inspect.ts")) as typeof import("../inspect.ts")).inspect,
});
