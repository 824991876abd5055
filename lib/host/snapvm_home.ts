import { isAbsolute, join, resolve } from "./paths.ts";
import { SnapvmError } from "../error/mod.ts";

/** Environment variables by name; `Deno.env.toObject()` is one. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The folder of snapvm's own data: `$SNAPVM_HOME`, or the system's usual place for a program's data. It need not exist.
 *
 * @param env The environment variables (default: those of this process). An empty one counts as unset.
 * @param os The operating system (default: this computer's).
 * @param cwd The folder that a relative `$SNAPVM_HOME` starts from (default: the current one).
 * @returns An absolute path.
 * @throws {SnapvmError} `home-unknown` if neither `SNAPVM_HOME` nor `HOME` is set.
 */
export function snapvmHome(
  env: Environment = Deno.env.toObject(),
  os: typeof Deno.build.os = Deno.build.os,
  cwd: string = Deno.cwd(),
): string {
  if (env["SNAPVM_HOME"]) return resolve(cwd, env["SNAPVM_HOME"]);
  if (os === "darwin") return join(applicationSupport(env), "snapvm");
  // The XDG base directory specification says to ignore relative paths.
  const dataHome = env["XDG_DATA_HOME"] ?? "";
  return isAbsolute(dataHome)
    ? join(dataHome, "snapvm")
    : join(home(env), ".local", "share", "snapvm");
}

/** The folder for programs' data on macOS. */
export function applicationSupport(env: Environment): string {
  return join(home(env), "Library", "Application Support");
}

function home(env: Environment): string {
  if (env["HOME"]) return env["HOME"];
  throw new SnapvmError(
    "home-unknown",
    "Cannot find snapvm's own folder: neither SNAPVM_HOME nor HOME is set",
    { data: {} },
  );
}
