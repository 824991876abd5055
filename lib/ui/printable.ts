/**
 * Text from outside as one line of a terminal can show it: control characters, line ends among them, as `\x1b`. Names
 * out of an image may hold anything, and must neither steer the terminal nor look like what snapvm says itself.
 */
export function printable(text: string): string {
  return text.replace(
    // deno-lint-ignore no-control-regex
    /[\x00-\x1f\x7f-\x9f]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}
