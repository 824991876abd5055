import { defineCommand, type Operand } from "../command_line/command.ts";
import { flag, valueOption } from "../command_line/option.ts";
import { parseText } from "../command_line/parsers.ts";
import { paragraphs } from "../paragraphs.ts";
import { commandOptions } from "./command_options.ts";
import { debugOption } from "./shared_options.ts";

const NAME: Operand = { name: "NAME", brief: "which machine", complete: "running-machine" };

const userOption = valueOption({
  brief: "the user in the guest, by name or number (default: the machine's, or root)",
  short: "u",
  placeholder: "user",
  parse: parseText,
});

const loginOption = valueOption({
  brief: "the user in the guest (default: the machine's, or root)",
  short: "l",
  placeholder: "user",
  parse: parseText,
});

/** `snapvm exec`. */
export const execCommand = defineCommand({
  name: "exec",
  summary: "run a command in a running machine",
  description: paragraphs(`
Runs a command in a running machine's guest. Its standard streams, its signals and its exit status are those of
snapvm. Any number can run at once. Nothing has to be installed in the image for that, and no network is needed.

A machine that is still booting is waited for. With -t the command gets a terminal, the size of this one.
`),
  operands: [
    NAME,
    { name: "CMD", brief: "what to run in it", repeats: true, afterDashes: true },
  ],
  optionsEndAfter: 1,
  options: {
    ...commandOptions,
    user: userOption,
    debug: debugOption,
  },
  load: async () =>
    (await import(import.meta.resolve("../exec.ts")) as typeof import("../exec.ts")).exec,
});

/** `snapvm shell`. */
export const shellCommand = defineCommand({
  name: "shell",
  summary: "log in to a running machine",
  description: paragraphs(`
Starts a login shell in a running machine's guest, in this terminal: the one that the user has there. No network and no
ssh server are needed.
`),
  operands: [NAME],
  options: { user: userOption, debug: debugOption },
  load: async () =>
    (await import(import.meta.resolve("../exec.ts")) as typeof import("../exec.ts")).shell,
});

/** `snapvm ssh`. */
export const sshCommand = defineCommand({
  name: "ssh",
  summary: "log in to a running machine by ssh, or run CMD in it",
  description: paragraphs(`
Runs the system's ssh with a key of the machine's own, which is put into the guest. The connection goes through the
machine's control socket to the guest's ssh server, so no network is needed.

What follows NAME is for ssh: its options, and then a command. snapvm ssh-config makes other programs reach the guest.
`),
  operands: [
    NAME,
    { name: "ARG", brief: "options of ssh, and a command", optional: true, repeats: true },
  ],
  optionsEndAfter: 1,
  options: { user: loginOption, debug: debugOption },
  load: async () =>
    (await import(import.meta.resolve("../ssh.ts")) as typeof import("../ssh.ts")).ssh,
});

/** `snapvm ssh-config`. */
export const sshConfigCommand = defineCommand({
  name: "ssh-config",
  summary: "print what ~/.ssh/config needs to reach a machine",
  description: paragraphs(`
Prints a Host block for ~/.ssh/config. With it ssh, scp, rsync, VS Code and others reach the guest as snapvm-NAME, as
long as the machine runs.
`),
  operands: [NAME],
  options: { user: loginOption, debug: debugOption },
  load: async () =>
    (await import(import.meta.resolve("../ssh.ts")) as typeof import("../ssh.ts")).sshConfig,
});

/** `snapvm ssh-proxy`, which ssh runs. */
export const sshProxyCommand = defineCommand({
  name: "ssh-proxy",
  summary: "connect ssh to a machine's server",
  description: "Connects standard input and output to the ssh server of a machine's guest.",
  hidden: true,
  operands: [NAME],
  options: {
    user: loginOption,
    port: valueOption({
      brief: "the server's port (default: 22)",
      placeholder: "port",
      parse: parseText,
    }),
    debug: debugOption,
  },
  load: async () =>
    (await import(import.meta.resolve("../ssh_proxy.ts")) as typeof import("../ssh_proxy.ts"))
      .sshProxy,
});

/** `snapvm cp`. */
export const cpCommand = defineCommand({
  name: "cp",
  summary: "copy files and folders into a running machine or out of it",
  description: paragraphs(`
Copies between this machine and the guest of a running one. NAME:PATH is a path in the guest; a path here that has a
colon in it begins with / or ./; - is a tar archive on standard input or output.

A folder that is there gets the copy inside it. SOURCE/. means what is in a folder. Links are copied as links, unless
-L is given, and holes stay holes. Copies belong to root in the guest, and here to the user who makes them, without
set-user-ID and set-group-ID bits; -a keeps owners and all bits.

Devices, pipes, sockets and extended attributes are not copied to this machine; an archive has all but the sockets.
`),
  operands: [
    { name: "SOURCE", brief: "NAME:PATH, a path here, or -", complete: "machine-path" },
    { name: "DEST", brief: "NAME:PATH, a path here, or -", complete: "machine-path" },
  ],
  options: {
    archive: flag({ brief: "keep owners, and set-user-ID and set-group-ID bits", short: "a" }),
    followLink: flag({ brief: "copy what SOURCE links to", short: "L" }),
    quiet: flag({ brief: "do not show how much has been copied", short: "q" }),
    debug: debugOption,
  },
  load: async () => (await import(import.meta.resolve("../cp.ts")) as typeof import("../cp.ts")).cp,
});
