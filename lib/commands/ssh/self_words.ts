import { resolve } from "../../host/mod.ts";

/** The words that run this snapvm again, with the environment that it finds its machines by. */
export function selfWords(): string[] {
  const own = Deno.build.standalone
    ? [Deno.execPath()]
    : [Deno.execPath(), "run", "-A", import.meta.resolve("../../../cli.ts")];
  const home = Deno.env.get("SNAPVM_HOME");
  return home ? ["env", `SNAPVM_HOME=${resolve(home)}`, ...own] : own;
}
