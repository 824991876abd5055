import { isAbsolute, join } from "../../../host/mod.ts";

/** Where settings are. */
export interface SettingsFolders {
  /** The system's: `/etc`. */
  readonly etc: string;
  /** The environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The user's folder for settings, `~/.config`; `undefined` if there is no home. */
export function configFolder({ env }: SettingsFolders): string | undefined {
  const config = env["XDG_CONFIG_HOME"];
  if (config !== undefined && isAbsolute(config)) return config;
  return inHome(env, ".config");
}

/** A path in the user's home; `undefined` if there is no home. */
export function inHome(env: SettingsFolders["env"], ...names: string[]): string | undefined {
  const home = env["HOME"];
  return home ? join(home, ...names) : undefined;
}
