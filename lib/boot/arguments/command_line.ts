import type { Architecture } from "../architecture.ts";
import { SnapvmError } from "../../error/mod.ts";
import { filterImageArguments } from "./filter_image_arguments.ts";

/** `COMMAND_LINE_SIZE` of each architecture (arch/…/include/asm/setup.h), which counts the NUL at the end. */
const COMMAND_LINE_SIZE: Readonly<Record<Architecture, number>> = { x86_64: 2048, aarch64: 2048 };

/** What a kernel command line is made of. */
export interface CommandLineParts {
  /** The machine's processor. */
  readonly architecture: Architecture;
  /** The root filesystem: the guest's name for the device (`/dev/vda`), its type, and whether the guest may write to it. */
  readonly root: { readonly device: string; readonly type: string; readonly writable: boolean };
  /** The console devices (`ttyS0`); the last one is `/dev/console`. */
  readonly consoles: readonly string[];
  /** The image's own arguments, quoted as they are there; those that make no sense here are left out. */
  readonly image: readonly string[];
  /** What snapvm adds, without quotes. */
  readonly own: readonly string[];
  /** What the user adds, without quotes. It comes last, so it wins if the kernel takes the last of several. */
  readonly user: readonly string[];
}

/**
 * Makes the kernel command line. Arguments with white space are quoted.
 *
 * @param parts What it is made of.
 * @returns The command line.
 * @throws {SnapvmError} `unpassable-argument` if an argument has a double quote or a control character;
 *   `command-line-too-long` if the line is longer than the kernel keeps.
 */
export function commandLine(parts: CommandLineParts): string {
  const { root } = parts;
  const image = filterImageArguments(parts.image).kept;
  const own = [
    `root=${root.device}`,
    `rootfstype=${root.type}`,
    root.writable ? "rw" : "ro",
    ...parts.consoles.map((device) => `console=${device}`),
    ...parts.own,
  ].map(quoted);
  const user = parts.user.map(quoted);
  const line = [...image, ...own, ...user].join(" ");

  const limit = COMMAND_LINE_SIZE[parts.architecture] - 1;
  const length = byteLength(line);
  if (length > limit) {
    const share = (all: readonly string[]) => byteLength(all.join(" "));
    throw new SnapvmError(
      "command-line-too-long",
      `Cannot make the kernel command line: it has ${length} bytes, ${length - limit} more than ` +
        `the ${limit} that ${parts.architecture} kernels keep`,
      { data: { user: share(user), image: share(image), own: share(own) } },
    );
  }
  return line;
}

/** The kernel splits at white space outside double quotes, and a double quote itself cannot be escaped. */
function quoted(argument: string): string {
  if (/[\p{Cc}"]/u.test(argument)) {
    const what = argument.includes('"') ? "a double quote" : "a control character";
    throw new SnapvmError(
      "unpassable-argument",
      `Cannot pass the kernel argument ${JSON.stringify(argument)}: it holds ${what}`,
      { data: { argument } },
    );
  }
  if (!/\s/.test(argument)) return argument;
  const [, name = "", value = ""] = /^([^=\s]*=)?(.*)$/s.exec(argument) ?? [];
  return `${name}"${value}"`;
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
