interface Dependency {
  readonly code?: { readonly specifier?: string };
  readonly isDynamic?: boolean;
}

interface ModuleGraph {
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly Dependency[];
  }[];
}

const ROOT = new URL("../../../", import.meta.url).href;

/**
 * The modules that are loaded with a module: those that it imports, not only their types, and not later.
 *
 * @param path The module, from the root of the repository.
 * @returns Their paths from there; those of others are whole specifiers.
 */
export async function loadedModules(path: string): Promise<string[]> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", ROOT + path],
  }).output();
  const { modules }: ModuleGraph = JSON.parse(new TextDecoder().decode(stdout));
  const dependencies = new Map(modules.map((module) => [module.specifier, module.dependencies]));
  const loaded = new Set([ROOT + path]);
  for (const specifier of loaded) {
    for (const { code, isDynamic } of dependencies.get(specifier) ?? []) {
      if (code?.specifier !== undefined && !isDynamic) loaded.add(code.specifier);
    }
  }
  return Array.from(loaded, (specifier) => specifier.replace(ROOT, ""));
}
