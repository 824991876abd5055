/** The same object without its `undefined` members: `exactOptionalPropertyTypes` wants them absent. */
export function withoutUndefined<T extends object>(
  members: { readonly [Name in keyof T]: T[Name] | undefined },
): T {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined),
  ) as T;
}
