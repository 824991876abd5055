/**
 * Imports a module when it is called. Deno loads what an `import()` with a fixed path leads to before the program
 * starts, needed or not; it cannot see through this.
 *
 * @typeParam Module `typeof import(…)` of the same path.
 * @param url Where it is, as `import.meta.resolve` says.
 * @returns The module.
 */
export function lazily<Module>(url: string): Promise<Module> {
  return import(url);
}
