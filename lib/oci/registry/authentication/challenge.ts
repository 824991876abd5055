/** How a server wants to be told who we are. */
export interface Challenge {
  /** The scheme in lower case: `bearer`, `basic`. */
  readonly scheme: string;
  /** Its parameters; names in lower case. */
  readonly parameters: Readonly<Record<string, string>>;
}

const TOKEN = /[!#$%&'*+.^_`|~\w-]+/y;
const PARAMETER = /([!#$%&'*+.^_`|~\w-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s",]*))/y;
const SEPARATOR = /[ \t]*(?:,[ \t]*)*/y;
const SPACE = /[ \t]+/y;
/** The credentials of schemes that have no parameters: not followed by a lone `=`. */
const TOKEN68 = /[\w.~+/-]+=*(?=[ \t]*(?:,|$))/y;
const MAX_LENGTH = 8192;

/**
 * Parses the header `WWW-Authenticate`, with the challenges of all its lines.
 *
 * Source: RFC 9110, 11.6.1.
 *
 * @param header The header.
 * @returns The challenges in their order, as far as they can be read.
 */
export function parseChallenges(header: string): Challenge[] {
  const text = header.slice(0, MAX_LENGTH);
  const challenges: Challenge[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) at = pattern.lastIndex;
    return match;
  };
  for (;;) {
    take(SEPARATOR);
    const scheme = take(TOKEN)?.[0];
    if (scheme === undefined) return challenges;
    const parameters: Record<string, string> = {};
    challenges.push({ scheme: scheme.toLowerCase(), parameters });
    if (take(SPACE) === null) continue;
    const afterScheme = at;
    for (;;) {
      const beforeSeparator = at;
      take(SEPARATOR);
      const parameter = take(PARAMETER);
      if (parameter === null) {
        at = beforeSeparator;
        break;
      }
      const [, name = "", quoted, plain = ""] = parameter;
      parameters[name.toLowerCase()] ??= quoted?.replaceAll(/\\(.)/g, "$1") ?? plain;
    }
    if (at === afterScheme) take(TOKEN68);
  }
}
