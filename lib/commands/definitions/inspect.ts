import { defineCommand } from "../command_line/command.ts";
import { choiceOption } from "../command_line/option.ts";
import { paragraphs } from "../paragraphs.ts";
import { IMAGE_OR_MACHINE } from "./operands.ts";
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
  summary: "show an image's chain from reference to kernel command line, or a machine",
  description: paragraphs(`
Shows the whole chain of an image: the reference, the index, the platform's manifest, the snapshot and its filesystem,
the kernels in it, the one that would be booted, and with which command line.

--json prints an object: image, reference, store, index, manifest, platform, config, snapshot, filesystem, healed,
kernels, kernel, selinux, commandLine, problems. selinux is the image's policy, which is off unless --selinux is given
to run: an object with policy (its name) and mode (what the image asks for: enforcing, permissive or disabled), or null.
commandLine is that of every machine; each has its machine id and hostname besides, if the image has none.

If a machine has the name, it is the machine that is shown: what it is made of, what it does, and how it ended. Its JSON
is as that of ps. --type says which of the two is meant.
`),
  operands: [IMAGE_OR_MACHINE],
  options: {
    type: choiceOption({
      brief: "what the name is one of",
      placeholder: "type",
      defaultText: "machine, if there is one",
      choices: ["image", "machine"],
    }),
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
