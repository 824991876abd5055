/**
 * Makes text from outside safe to show on one line of a terminal: control characters and line ends become text, such as
 * `\x1b`. Names from an image may hold anything, and must neither steer the terminal nor look like snapvm's own lines.
 */
export function printable(text: string): string {
  return text.replace(
    // deno-lint-ignore no-control-regex
    /[\x00-\x1f\x7f-\x9f]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}
