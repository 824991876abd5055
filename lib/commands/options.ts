import { InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { hasCode } from "../error/mod.ts";
import { parsePlatform, type Platform } from "../oci/mod.ts";
import { parseDuration, parseSize } from "../ui/mod.ts";
import { adviceFor } from "./advice.ts";

/** `--store`, of every command that takes an image. */
export function storeOption(): Option<"--store <dir>"> {
  return new Option("--store <dir>", "read this store before the others (SNAPVM_STORE)");
}

/** `--platform`, of every command that takes one image. */
export function platformOption(): Option<"--platform <platform>", undefined, undefined, Platform> {
  return new Option("--platform <platform>", "which of the image's platforms: linux/arm64")
    .argParser(readPlatform);
}

function readPlatform(text: string): Platform {
  try {
    return parsePlatform(text);
  } catch (error) {
    if (!hasCode(error, "invalid-platform")) throw error;
    throw new InvalidArgumentError(`${error.message}. ${adviceFor(error)}`);
  }
}

/** `--kernel`, of the commands that choose one. */
export function kernelOption(): Option<"--kernel <kernel>"> {
  return new Option("--kernel <kernel>", "which of the image's kernels: a version, or its path");
}

/** `--json`, of every command that lists. */
export function jsonOption(): Option<"--json"> {
  return new Option("--json", "print JSON");
}

/** `--debug`, of every command. */
export function debugOption(): Option<"--debug"> {
  return new Option("--debug", "show what is done, and the stack of an error");
}

/** Reads a whole number of at least 1. */
export function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new InvalidArgumentError("It is a whole number, 1 or more.");
  }
  return count;
}

/** Reads a size such as `4G`, into bytes. */
export function parseBytes(text: string): number {
  const bytes = parseSize(text);
  if (bytes === undefined) {
    throw new InvalidArgumentError("A size is 512M, 4G, or a bare number of MiB, and not 0.");
  }
  return bytes;
}

/** Reads a duration such as `90s`, into milliseconds. */
export function parseMilliseconds(text: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds === undefined) {
    throw new InvalidArgumentError("A duration is 90s, 5m, 1h, or a bare number of seconds.");
  }
  return milliseconds;
}

/** Gathers an option that may be given several times. */
export function collect(value: string, previous: string[] = []): string[] {
  return [...previous, value];
}
