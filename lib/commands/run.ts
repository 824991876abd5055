import { Command, type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { ExitStatus, print, printable, withStatus } from "../ui/mod.ts";
import { DEFAULT_MEMORY, defaultCpus, prepareBackend } from "../launch/mod.ts";
import { accelerationOption, backendOf, backendOption } from "./backend.ts";
import {
  collect,
  debugOption,
  kernelOption,
  parseBytes,
  parseCount,
  parseMilliseconds,
  platformOption,
  storeOption,
} from "./options.ts";
import { paragraphs } from "./paragraphs.ts";
import { runImage } from "./run/run_image.ts";

const DESCRIPTION = paragraphs(`
Boots an image with its own kernel and initramfs in a virtual machine, on a copy-on-write clone that is thrown away
afterwards: the image itself is never written.

Without CMD the terminal becomes the guest's console; Ctrl-] q ends the machine. With CMD the command runs in the
guest as root as soon as it is up. Its standard streams are those of snapvm, and so is its exit status. Nothing has
to be installed in the image for that, and no network is needed.
`);

/** `snapvm run`. */
export function runCommand(): CommandUnknownOpts {
  return new Command("run")
    .description(DESCRIPTION)
    .argument("<image>", "which image")
    .argument("[cmd...]", "what to run in it; put -- before it")
    .addOption(
      new Option("--cpus <number>", "virtual processors").argParser(parseCount)
        .default(defaultCpus()),
    )
    .addOption(
      new Option("--memory <size>", "memory: 512M, 4G, or a bare number of MiB")
        .argParser(parseBytes).default(DEFAULT_MEMORY, "2G"),
    )
    .addOption(
      new Option("--karg <argument>", "add a kernel argument (repeatable)").argParser(collect)
        .default([], "none"),
    )
    .addOption(kernelOption())
    .addOption(platformOption())
    .addOption(storeOption())
    .addOption(
      new Option("--timeout <time>", "end everything after this long: 90s, 5m, or seconds")
        .argParser(parseMilliseconds),
    )
    .addOption(new Option("--writable", "let the guest write to its root filesystem (default)"))
    .addOption(
      new Option("--read-only", "mount the root filesystem read only").conflicts("writable"),
    )
    .addOption(new Option("--console-log <file>", "write the guest's console to a file as well"))
    .addOption(new Option("--timing", "show where the time went"))
    .addOption(new Option("--timing-json <file>", "write where the time went, as JSON"))
    .addOption(backendOption())
    .addOption(accelerationOption())
    .addOption(debugOption())
    .action(async (image, command, options) => {
      const backend = backendOf({
        name: options.backend,
        acceleration: options.accel,
        ...options.debug && {
          onCommand: (words) => print(`debug: ${printable(words.join(" "))}\n`, Deno.stderr),
        },
      });
      await prepareBackend(backend).catch((error) => {
        throw withStatus(error, ExitStatus.notStarted);
      });
      Deno.exitCode = await runImage(image, command, options, backend);
    });
}
