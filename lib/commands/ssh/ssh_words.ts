/** The options of OpenSSH's `ssh` that take a value. */
const WITH_VALUE = "BbcDEeFIiJLlmOoPpQRSWw";

/** What of the words for `ssh` matters before it is started. */
export interface SshWords {
  /** The user, if one is named. */
  readonly user?: string;
  /** The port, if one is named. */
  readonly port?: string;
}

/** Reads the options that come before the command, as `ssh` itself reads them. The first of several counts. */
export function readSshWords(words: readonly string[]): SshWords {
  const found: { user?: string; port?: string } = {};
  const rest = words.values();
  for (const word of rest) {
    if (!word.startsWith("-") || word === "-" || word === "--") break;
    for (const [index, letter] of [...word].entries()) {
      if (index === 0 || !WITH_VALUE.includes(letter)) continue;
      const attached = word.slice(index + 1);
      const value = attached !== "" ? attached : rest.next().value ?? "";
      if (letter === "l") found.user ??= value;
      if (letter === "p") found.port ??= value;
      const [, key, setting] = letter === "o" ? /^\s*(\w+)[\s=]+(.*)$/.exec(value) ?? [] : [];
      if (key?.toLowerCase() === "user") found.user ??= setting!;
      if (key?.toLowerCase() === "port") found.port ??= setting!;
      break;
    }
  }
  return found;
}
