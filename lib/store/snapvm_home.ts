import { isAbsolute, join, resolve } from "node:path";

/** Environment variables by name; `Deno.env.toObject()` is one. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment names no home folder, so there is no place for what snapvm keeps. */
export class HomeUnknown extends Error {
  /** The name of the class. */
  override name = "HomeUnknown";
  /** What to set. */
  readonly advice: string = "Set SNAPVM_HOME to the folder in which snapvm may keep its data.";

  /** Says which variables are missing. */
  constructor() {
    super("Cannot find snapvm's own folder: neither SNAPVM_HOME nor HOME is set");
  }
}

/**
 * The folder in which snapvm keeps what is its own: `$SNAPVM_HOME`, else the place for a program's
 * data on the system. It need not exist.
 *
 * @param env The environment variables. An empty one is as good as unset.
 * @param os The operating system, as in `Deno.build.os`.
 * @param cwd The folder from which a relative `$SNAPVM_HOME` counts; the current one where absent.
 * @returns An absolute path.
 * @throws {HomeUnknown} Where the environment says neither `SNAPVM_HOME` nor `HOME`.
 */
export function snapvmHome(
  env: Environment,
  os: typeof Deno.build.os,
  cwd: string = Deno.cwd(),
): string {
  if (env["SNAPVM_HOME"]) return resolve(cwd, env["SNAPVM_HOME"]);
  if (os === "darwin") return join(applicationSupport(env), "snapvm");
  // The XDG base directory specification has relative paths ignored.
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
  if (!env["HOME"]) throw new HomeUnknown();
  return env["HOME"];
}
