import { defineCommand } from "../command_line/command.ts";
import { flag, repeatableOption, valueOption } from "../command_line/option.ts";
import { parsePort } from "../command_line/parse_port.ts";
import { parseMilliseconds, parseText } from "../command_line/parsers.ts";
import { paragraphs } from "../paragraphs.ts";
import { commandOptions } from "./command_options.ts";
import { fileOptions, sizeOptions } from "./machine_options.ts";
import { IMAGE } from "./operands.ts";
import {
  accelerationOption,
  backendOption,
  debugOption,
  kernelOption,
  platformOption,
  pullOption,
  registryOptions,
  storeOption,
} from "./shared_options.ts";
import { unpackOption } from "./unpack_option.ts";

/** `snapvm run`. */
export const runCommand = defineCommand({
  name: "run",
  summary: "boot it: its console, or CMD in it with CMD's status",
  description: paragraphs(`
Boots an image with its own kernel and initramfs in a virtual machine, on a copy-on-write clone that is thrown away
afterwards: the image itself is never written. If it is not there, or not unpacked, that is done first: --pull says when.

Without CMD the terminal becomes the guest's console; Ctrl-] q ends the machine. With CMD the command runs in the
guest as root as soon as it is up. Its standard streams are those of snapvm, and so is its exit status. Nothing has
to be installed in the image for that, and no network is needed. With -t it gets a terminal, the size of this one.

What the guest makes in a folder of --volume belongs to you on the host, or, if you are root, to the number of the user
who makes it. With :ro the host refuses all writes. Disks of --disk are not cloned: what the guest writes there stays.
`),
  operands: [
    IMAGE,
    {
      name: "CMD",
      brief: "what to run in it; put -- before it",
      optional: true,
      repeats: true,
      afterDashes: true,
    },
  ],
  options: {
    detach: flag({ brief: "run it in the background, and keep it: print its name", short: "d" }),
    name: valueOption({ brief: "the machine's name", placeholder: "name", parse: parseText }),
    keep: flag({ brief: "keep the machine when it ends (default with -d)", excludes: "rm" }),
    rm: flag({ brief: "remove the machine when it ends (default without -d)" }),
    publish: repeatableOption({
      brief: "lead a port to the guest: [ADDR:]HOST:GUEST[/udp] (repeatable)",
      short: "p",
      placeholder: "port",
      parse: parsePort,
    }),
    ...commandOptions,
    user: valueOption({
      brief: "the user who runs CMD, by name or number (default: root)",
      short: "u",
      placeholder: "user",
      parse: parseText,
    }),
    ...sizeOptions,
    ...fileOptions,
    karg: repeatableOption({
      brief: "add a kernel argument (repeatable)",
      placeholder: "argument",
      defaultText: "none",
      parse: parseText,
    }),
    kernel: kernelOption,
    platform: platformOption,
    pull: pullOption,
    unpack: unpackOption,
    store: storeOption,
    ...registryOptions,
    timeout: valueOption({
      brief: "end everything after this long: 90s, 5m, or seconds",
      placeholder: "time",
      parse: parseMilliseconds,
    }),
    writable: flag({ brief: "let the guest write to all of its root filesystem, on the clone" }),
    readOnly: flag({ brief: "mount the root filesystem read only", excludes: "writable" }),
    selinux: flag({ brief: "enforce the image's SELinux policy" }),
    consoleLog: valueOption({
      brief: "write the guest's console to a file as well",
      placeholder: "file",
      complete: "file",
      parse: parseText,
    }),
    timing: flag({ brief: "show where the time went" }),
    timingJson: valueOption({
      brief: "write where the time went, as JSON",
      placeholder: "file",
      complete: "file",
      parse: parseText,
    }),
    backend: backendOption,
    accel: accelerationOption,
    debug: debugOption,
  },
  load: async () =>
    (await import(import.meta.resolve("../run.ts")) as typeof import("../run.ts")).run,
});
