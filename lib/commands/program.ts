import type { CommandGroup } from "./command_line/command.ts";
import { flag } from "./command_line/option.ts";
import { importCommand, pullCommand, unpackCommand } from "./definitions/bring_image.ts";
import { checkCommand } from "./definitions/check.ts";
import { completeCommand, completionsCommand } from "./definitions/completions.ts";
import { doctorCommand } from "./definitions/doctor.ts";
import { fsGroup } from "./definitions/fs.ts";
import { helpCommand } from "./definitions/help.ts";
import { imagesCommand } from "./definitions/images.ts";
import { inspectCommand } from "./definitions/inspect.ts";
import { kernelCommand } from "./definitions/kernel.ts";
import {
  consoleCommand,
  killCommand,
  logsCommand,
  psCommand,
  rmCommand,
  startCommand,
  stopCommand,
  waitCommand,
} from "./definitions/machines.ts";
import { runCommand } from "./definitions/run.ts";
import {
  cpCommand,
  execCommand,
  shellCommand,
  sshCommand,
  sshConfigCommand,
  sshProxyCommand,
} from "./definitions/work.ts";
import {
  pruneCommand,
  rmImageCommand,
  saveCommand,
  storeGroup,
  tagCommand,
} from "./definitions/own_store.ts";
import { paragraphs } from "./paragraphs.ts";

/** All of snapvm. */
export const PROGRAM: CommandGroup = {
  name: "snapvm",
  summary: "boot a container image as the operating system that it is",
  description: paragraphs(`
Boots a container image as the operating system that it is: its own kernel, its own
initramfs, its own init, in a virtual machine.
`),
  usage: "COMMAND",
  options: { version: flag({ brief: "print the version", short: "V" }) },
  commands: [
    runCommand,
    psCommand,
    execCommand,
    shellCommand,
    sshCommand,
    sshConfigCommand,
    cpCommand,
    consoleCommand,
    logsCommand,
    stopCommand,
    killCommand,
    startCommand,
    waitCommand,
    rmCommand,
    imagesCommand,
    pullCommand,
    importCommand,
    unpackCommand,
    inspectCommand,
    checkCommand,
    kernelCommand,
    fsGroup,
    tagCommand,
    saveCommand,
    rmImageCommand,
    pruneCommand,
    storeGroup,
    doctorCommand,
    completionsCommand,
    completeCommand(() => PROGRAM),
    sshProxyCommand,
    helpCommand(() => PROGRAM),
  ],
  footer: paragraphs(`
IMAGE is a reference (quay.io/fedora/fedora-bootc:42, alpine), a digest or a
unique prefix of one, a path to an ext4 file (it starts with /, ./ or ../), or
one of skopeo's transports: oci:DIR[:TAG], oci-archive:FILE[:TAG],
docker-archive:FILE[:REF], containers-storage:REF, docker-daemon:REF.

Exit status: that of CMD; otherwise 0, 1 for a failure, 2 for wrong usage, 124
when --timeout ran out, 125 when snapvm failed before the guest ran, 130 on
Ctrl-C.
`),
};
