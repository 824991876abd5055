import { choiceOption, flag, valueOption } from "../command_line/option.ts";
import { parseText } from "../command_line/parsers.ts";

/** For every command that takes an image. */
export const storeOption = valueOption({
  brief: "read this store before the others (SNAPVM_STORE)",
  placeholder: "dir",
  complete: "folder",
  parse: parseText,
});

/** For every command that takes one image. */
export const platformOption = valueOption({
  brief: "which of the image's platforms: linux/arm64",
  placeholder: "platform",
  parse: async (text) => {
    const { parsePlatform } = await import(
      import.meta.resolve("../command_line/parse_platform.ts")
    ) as typeof import("../command_line/parse_platform.ts");
    return parsePlatform(text);
  },
});

/** For the commands that choose a kernel. */
export const kernelOption = valueOption({
  brief: "which of the image's kernels: a version, or its path",
  placeholder: "kernel",
  parse: parseText,
});

/** For the commands that look at an image: when it is brought first. */
export const pullOption = choiceOption({
  brief: "when to bring or unpack the image first",
  placeholder: "when",
  defaultText: "missing; never where container is installed",
  choices: ["missing", "always", "never"],
});

/** For the commands that may talk to a registry. */
export const registryOptions = {
  plainHttp: flag({ brief: "talk to the registry without TLS" }),
  caFile: valueOption({
    brief: "trust the certificates in this file (PEM) too",
    placeholder: "file",
    complete: "file",
    parse: parseText,
  }),
  authfile: valueOption({
    brief: "take the registry's credentials from this file",
    placeholder: "file",
    complete: "file",
    parse: parseText,
  }),
};

/** For the commands that bring an image. */
export const progressJsonOption = flag({ brief: "print progress and result as lines of JSON" });

/** For the commands that bring an image. */
export const quietOption = flag({
  brief: "print nothing but the image's name",
  short: "q",
  excludes: "json",
});

/** For every command that lists. */
export const jsonOption = flag({ brief: "print JSON" });

/** For every command. */
export const debugOption = flag({ brief: "show what is done, and the stack of an error" });

/** For the commands that start a machine. */
export const backendOption = choiceOption({
  brief: "the hypervisor",
  placeholder: "name",
  defaultText: "vz on macOS, elsewhere qemu",
  choices: ["qemu", "vz"],
});

/** For the commands that start a machine. */
export const accelerationOption = choiceOption({
  brief: "how QEMU runs the guest",
  placeholder: "name",
  defaultText: "the best there is",
  choices: ["kvm", "hvf", "tcg"],
});
