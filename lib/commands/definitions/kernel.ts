import { defineCommand } from "../command_line/command.ts";
import { flag, requiredOption } from "../command_line/option.ts";
import { parseText } from "../command_line/parsers.ts";
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

/** `snapvm kernel`. */
export const kernelCommand = defineCommand({
  name: "kernel",
  summary: "extract kernel, initramfs and command line",
  description: paragraphs(`
Extracts what a hypervisor needs to boot an image: the files kernel (a bzImage or a raw arm64 Image, unpacked if
the image has it compressed), initramfs (as the image has it; empty if it has none) and cmdline. Files with these
names are replaced.

--json prints an object: kernel, initramfs, cmdline (the paths), commandLine, version, architecture, format,
kernelSize and initramfsSize (bytes).
`),
  operands: [IMAGE],
  options: {
    output: requiredOption({
      brief: "the folder to write into; it is made if it is missing",
      short: "o",
      placeholder: "dir",
      complete: "folder",
      parse: parseText,
    }),
    sync: flag({ brief: "wait until the files are on the disk, to outlive a power failure" }),
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
    (await import(import.meta.resolve("../kernel.ts")) as typeof import("../kernel.ts")).kernel,
});
