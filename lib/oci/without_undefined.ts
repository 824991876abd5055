/**
 * The same object without the members that are `undefined`: an optional member is absent or has a
 * value.
 */
export function withoutUndefined<T extends object>(
  members: { readonly [Name in keyof T]: T[Name] | undefined },
): T {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined),
  ) as T;
}
