import type { Architecture } from "../architecture.ts";
import { CommandLineTooLong, UnpassableArgument } from "../errors.ts";
import { filterImageArguments } from "./filter_image_arguments.ts";

/** `COMMAND_LINE_SIZE` of each architecture (arch/…/include/asm/setup.h), with the NUL at the end. */
const COMMAND_LINE_SIZE: Readonly<Record<Architecture, number>> = { x86_64: 2048, aarch64: 2048 };

/** What a kernel command line is made of. */
export interface CommandLineParts {
  /** The machine's processor. */
  readonly architecture: Architecture;
  /** The root filesystem: the device as the guest names it (`/dev/vda`), its type, and whether it may be written. */
  readonly root: { readonly device: string; readonly type: string; readonly writable: boolean };
  /** The console devices (`ttyS0`); the last one is `/dev/console`. */
  readonly consoles: readonly string[];
  /** The image's own arguments, as they stand there; those that make no sense here are left out. */
  readonly image: readonly string[];
  /** What snapvm itself adds; not quoted. */
  readonly own: readonly string[];
  /** What the user adds; not quoted. It comes last, and so wins wherever the kernel takes the last. */
  readonly user: readonly string[];
}

/**
 * Makes the kernel command line.
 *
 * @param parts What it is made of.
 * @returns The command line.
 * @throws {UnpassableArgument} If an argument holds a double quote or a control character.
 * @throws {CommandLineTooLong} If it is longer than the kernel keeps.
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
    const share = (from: readonly string[]) => byteLength(from.join(" "));
    throw new CommandLineTooLong(
      `Cannot make the kernel command line: it has ${length} bytes, ${
        length - limit
      } more than the ` +
        `${limit} that ${parts.architecture} kernels keep`,
      `Shorten what --karg gives (${share(user)} bytes) or what the image brings along ` +
        `(${share(image)} bytes); the rest is ${share(own)} bytes.`,
    );
  }
  return line;
}

/** The kernel splits at white space outside of double quotes, and has no way to write a double quote itself. */
function quoted(argument: string): string {
  if (/[\p{Cc}"]/u.test(argument)) {
    const what = argument.includes('"') ? "a double quote" : "a control character";
    throw new UnpassableArgument(
      `Cannot pass the kernel argument ${JSON.stringify(argument)}: it holds ${what}`,
      "Leave the quotes out: a value with spaces is put into quotes where the kernel needs them.",
    );
  }
  if (!/\s/.test(argument)) return argument;
  const [, name = "", value = ""] = /^([^=\s]*=)?(.*)$/s.exec(argument) ?? [];
  return `${name}"${value}"`;
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
