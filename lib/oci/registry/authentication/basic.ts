/**
 * The header of basic authentication.
 *
 * Source: RFC 7617, with UTF-8.
 *
 * @param username The name.
 * @param password The password.
 * @returns The header's value.
 */
export function basic(username: string, password: string): string {
  return `Basic ${new TextEncoder().encode(`${username}:${password}`).toBase64()}`;
}
