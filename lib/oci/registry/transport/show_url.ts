/**
 * A URL for a message: without its query, in which storage services put signatures, and without a password.
 *
 * @param url The URL.
 * @returns Its origin and its path.
 */
export function showUrl(url: URL): string {
  return `${url.origin}${url.pathname}`;
}
