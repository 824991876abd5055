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
