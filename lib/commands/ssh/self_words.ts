/** The words that run this snapvm again, with the environment that it finds its machines by. */
export function selfWords(): string[] {
  const home = Deno.env.get("SNAPVM_HOME");
  const own = Deno.build.standalone ? [Deno.execPath()] : [
    Deno.execPath(),
    "run",
    "-A",
    "--no-config",
    new URL("../../../cli.ts", import.meta.url).pathname,
  ];
  return home ? ["env", `SNAPVM_HOME=${absolute(home)}`, ...own] : own;
}

function absolute(path: string): string {
  return path.startsWith("/") ? path : `${Deno.cwd()}/${path}`;
}
