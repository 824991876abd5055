import type { FileContext, FileKind } from "./file_contexts.ts";
import { type PathSubstitution, substitute } from "./path_substitutions.ts";

/** What {@linkcode FileLabels} is made of. */
export interface FileLabelsParts {
  /** The lines of `file_contexts`, then of `file_contexts.homedirs`, then of `file_contexts.local`. */
  readonly contexts: readonly FileContext[];
  /** The lines of `file_contexts.subs`. */
  readonly substitutions?: readonly PathSubstitution[];
  /** The lines of `file_contexts.subs_dist`. */
  readonly distributionSubstitutions?: readonly PathSubstitution[];
}

interface Ranked extends FileContext {
  readonly rank: number;
}

/** The patterns that begin with the characters on the way to it. */
interface Place {
  readonly children: Map<number, Place>;
  readonly contexts: Ranked[];
}

/**
 * The labels that a policy gives to files, as libselinux's `selabel_lookup()` finds them: a line without wildcards wins,
 * else the last one that matches.
 */
export class FileLabels {
  readonly #root: Place = newPlace();
  readonly #literals = new Map<string, Ranked[]>();
  readonly #substitutions: readonly PathSubstitution[];
  readonly #distributionSubstitutions: readonly PathSubstitution[];

  /** @param parts What the policy says. */
  constructor(parts: FileLabelsParts) {
    this.#substitutions = parts.substitutions ?? [];
    this.#distributionSubstitutions = parts.distributionSubstitutions ?? [];
    for (const [rank, context] of parts.contexts.entries()) {
      const ranked = { ...context, rank };
      const { prefix, isLiteral } = context.pattern;
      if (isLiteral) {
        const same = this.#literals.get(prefix);
        if (same === undefined) this.#literals.set(prefix, [ranked]);
        else same.unshift(ranked);
        continue;
      }
      let place = this.#root;
      for (let at = 0; at < prefix.length; at++) {
        const character = prefix.charCodeAt(at);
        let child = place.children.get(character);
        if (child === undefined) place.children.set(character, child = newPlace());
        place = child;
      }
      place.contexts.unshift(ranked);
    }
  }

  /**
   * The label of a file.
   *
   * @param path Its path: one character for each byte.
   * @param kind What it is.
   * @returns The label; `undefined` if the policy gives it none.
   */
  find(path: string, kind: FileKind): string | undefined {
    const own = substitute(path, this.#substitutions);
    const key = substitute(own, this.#distributionSubstitutions);
    const isFor = (context: FileContext) => context.kind === undefined || context.kind === kind;
    const literal = this.#literals.get(key)?.find(isFor);
    if (literal !== undefined) return literal.context;
    let best: Ranked | undefined;
    let place: Place | undefined = this.#root;
    for (let at = 0; place !== undefined; at++) {
      for (const context of place.contexts) {
        if (best !== undefined && context.rank < best.rank) break;
        if (!isFor(context) || !context.pattern.matches(key)) continue;
        best = context;
        break;
      }
      place = at < key.length ? place.children.get(key.charCodeAt(at)) : undefined;
    }
    return best?.context;
  }
}

function newPlace(): Place {
  return { children: new Map(), contexts: [] };
}
