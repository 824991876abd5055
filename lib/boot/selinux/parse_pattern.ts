/** A set of bytes: 256 bits. */
export type ByteSet = Uint32Array;

/** A part of a regular expression. */
export type PatternNode =
  | { readonly type: "set"; readonly set: ByteSet }
  /** The end of the text, without reading anything. */
  | { readonly type: "end" }
  | { readonly type: "sequence"; readonly nodes: readonly PatternNode[] }
  | { readonly type: "choice"; readonly nodes: readonly PatternNode[] }
  | {
    readonly type: "repeat";
    readonly node: PatternNode;
    readonly min: number;
    readonly max: number;
  };

/** A regular expression that is anchored at both ends. */
export interface ParsedPattern {
  /** The bytes that it begins with, one character for each. */
  readonly prefix: string;
  /** What comes after them. */
  readonly rest: PatternNode;
  /** What a path has to begin with as well. */
  readonly stem?: string;
}

/** How deep groups may be in each other. */
const MAX_DEPTH = 64;

/** The largest number in `{n,m}`, as in PCRE. */
const MAX_REPEAT = 65_535;

/** Whether a byte is in a set. */
export function hasByte(set: ByteSet, byte: number): boolean {
  return (set[byte >>> 5]! >>> (byte & 31) & 1) === 1;
}

/**
 * Reads a regular expression of a `file_contexts` file: PCRE2's syntax, with `.` for every byte (`PCRE2_DOTALL`), as far
 * as an automaton can do it. What looks around, refers back or does not go back (`*+`) is refused.
 *
 * @param source The expression: one character for each byte.
 * @returns Its parts.
 * @throws {SyntaxError} If it is not one, or uses what is refused.
 */
export function parsePattern(source: string): ParsedPattern {
  const parser = new Parser(source);
  const choices = parser.choices(0);
  parser.requireEnd();
  if (choices.length === 1) return split(choices[0]!);
  // libselinux writes `^` before it and `$` behind it: of several choices only the first and the last are anchored.
  const any: PatternNode = { type: "repeat", node: ofSet(ALL), min: 0, max: Infinity };
  const nodes = choices.map((nodes, at): PatternNode => ({
    type: "sequence",
    nodes: [...at === 0 ? [] : [any], ...nodes, ...at === choices.length - 1 ? [] : [any]],
  }));
  // It tries an expression only for paths with the same first name, if that has no special characters.
  const [stem = ""] = /^\/[^/.^$?*+|[({\])}\\]+\//.exec(source) ?? [];
  return { prefix: "", rest: { type: "choice", nodes }, stem };
}

function split(nodes: readonly PatternNode[]): ParsedPattern {
  let prefix = "";
  for (const node of nodes) {
    const byte = node.type === "set" ? onlyByte(node.set) : undefined;
    if (byte === undefined) break;
    prefix += String.fromCharCode(byte);
  }
  return { prefix, rest: { type: "sequence", nodes: nodes.slice(prefix.length) } };
}

function onlyByte(set: ByteSet): number | undefined {
  let found: number | undefined;
  for (const [at, word] of set.entries()) {
    if (word === 0) continue;
    if (found !== undefined || (word & (word - 1)) !== 0) return undefined;
    found = at * 32 + 31 - Math.clz32(word);
  }
  return found;
}

function setOf(...ranges: readonly (readonly [from: number, to: number])[]): ByteSet {
  const set = new Uint32Array(8);
  for (const [from, to] of ranges) {
    for (let byte = from; byte <= to; byte++) set[byte >>> 5]! |= 1 << (byte & 31);
  }
  return set;
}

function ofSet(set: ByteSet): PatternNode {
  return { type: "set", set };
}

function inverse(set: ByteSet): ByteSet {
  return set.map((word) => ~word);
}

const code = (character: string) => character.charCodeAt(0);
const range = (from: string, to: string = from) => [code(from), code(to)] as const;

const ALL = setOf([0, 255]);
const DIGIT = setOf(range("0", "9"));
const WORD = setOf(range("a", "z"), range("A", "Z"), range("0", "9"), range("_"));
const SPACE = setOf([9, 13], range(" "));
const BLANK = setOf(range("\t"), range(" "));

/** The sets that a letter behind a backslash stands for; a capital is the rest. */
const LETTER_SETS: Readonly<Record<string, ByteSet>> = { d: DIGIT, w: WORD, s: SPACE, h: BLANK };

/** The bytes that a letter behind a backslash stands for. */
const LETTER_BYTES: Readonly<Record<string, number>> = { a: 7, e: 27, f: 12, n: 10, r: 13, t: 9 };

/** `[:alpha:]` and its like, in the C locale. */
const NAMED_SETS: Readonly<Record<string, ByteSet>> = {
  alnum: setOf(range("a", "z"), range("A", "Z"), range("0", "9")),
  alpha: setOf(range("a", "z"), range("A", "Z")),
  ascii: setOf([0, 127]),
  blank: BLANK,
  cntrl: setOf([0, 31], [127, 127]),
  digit: DIGIT,
  graph: setOf([33, 126]),
  lower: setOf(range("a", "z")),
  print: setOf([32, 126]),
  punct: setOf([33, 47], [58, 64], [91, 96], [123, 126]),
  space: SPACE,
  upper: setOf(range("A", "Z")),
  word: WORD,
  xdigit: setOf(range("0", "9"), range("a", "f"), range("A", "F")),
};

class Parser {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  requireEnd(): void {
    if (this.#at < this.#source.length) throw new SyntaxError("a group ends that has not begun");
  }

  /** What is between `|`, up to the end of the group or of the expression. */
  choices(depth: number): PatternNode[][] {
    if (depth > MAX_DEPTH) throw new SyntaxError("its groups are too deep");
    const choices: PatternNode[][] = [[]];
    for (;;) {
      const next = this.#source[this.#at];
      if (next === undefined || next === ")") return choices;
      if (next === "|") {
        this.#at++;
        choices.push([]);
        continue;
      }
      const nodes = choices.at(-1)!;
      // libselinux's own `^` is there already.
      if (next === "^" && depth === 0 && nodes.length === 0) {
        this.#at++;
        continue;
      }
      nodes.push(this.#repeated(this.#atom(depth)));
    }
  }

  #atom(depth: number): PatternNode {
    const next = this.#source[this.#at++]!;
    switch (next) {
      case ".":
        return ofSet(ALL);
      case "$":
        return { type: "end" };
      case "[":
        return ofSet(this.#set());
      case "(":
        return this.#group(depth);
      case "\\": {
        const { set, byte } = this.#escape();
        return ofSet(set ?? setOf([byte, byte]));
      }
      case "*":
      case "+":
      case "?":
        throw new SyntaxError(`there is nothing before ${next}`);
      case "^":
        throw new SyntaxError("^ is not at its beginning");
      default:
        return ofSet(setOf(range(next)));
    }
  }

  #group(depth: number): PatternNode {
    if (this.#source[this.#at] === "?") {
      if (this.#source[this.#at + 1] !== ":") throw new SyntaxError("a group begins with (?");
      this.#at += 2;
    }
    const choices = this.choices(depth + 1);
    if (this.#source[this.#at++] !== ")") throw new SyntaxError("a group does not end");
    const nodes = choices.map((nodes): PatternNode => ({ type: "sequence", nodes }));
    return { type: "choice", nodes };
  }

  #repeated(node: PatternNode): PatternNode {
    const rest = this.#source.slice(this.#at, this.#at + 16);
    const found = /^(?:([*+?])|\{(\d+)(,?)(\d*)\})([?+]?)/.exec(rest);
    if (found === null) return node;
    const [whole, sign, from, comma, to, mode] = found;
    if (mode === "+") throw new SyntaxError(`${whole} does not go back`);
    this.#at += whole.length;
    const min = sign === undefined ? Number(from) : sign === "+" ? 1 : 0;
    const max = sign !== undefined
      ? sign === "?" ? 1 : Infinity
      : comma === ""
      ? min
      : to === ""
      ? Infinity
      : Number(to);
    if (max < min || min > MAX_REPEAT || max !== Infinity && max > MAX_REPEAT) {
      throw new SyntaxError(`${whole} is out of order or too large`);
    }
    return this.#repeated({ type: "repeat", node, min, max });
  }

  /** What a backslash and what follows it stand for. */
  #escape(): { set: ByteSet; byte?: never } | { set?: never; byte: number } {
    const next = this.#source[this.#at++];
    if (next === undefined) throw new SyntaxError("it ends with a backslash");
    if (!/[0-9A-Za-z]/.test(next)) return { byte: code(next) };
    const set = LETTER_SETS[next.toLowerCase()];
    if (set !== undefined) return { set: LETTER_SETS[next] ?? inverse(set) };
    const byte = LETTER_BYTES[next];
    if (byte !== undefined) return { byte };
    if (next === "x") {
      const [digits] = /^[0-9A-Fa-f]{0,2}/.exec(this.#source.slice(this.#at, this.#at + 2))!;
      this.#at += digits.length;
      return { byte: parseInt(digits || "0", 16) };
    }
    throw new SyntaxError(`\\${next} is not known here`);
  }

  /** What is in brackets. */
  #set(): ByteSet {
    const set = new Uint32Array(8);
    const add = (other: ByteSet) => other.forEach((word, at) => set[at]! |= word);
    const isInverse = this.#source[this.#at] === "^";
    if (isInverse) this.#at++;
    for (let isFirst = true;; isFirst = false) {
      const next = this.#source[this.#at];
      if (next === undefined) throw new SyntaxError("a bracket does not end");
      if (next === "]" && !isFirst) break;
      const named = /^\[:(\^?)([a-z]+):\]/.exec(this.#source.slice(this.#at, this.#at + 16));
      if (named !== null) {
        const found = NAMED_SETS[named[2]!];
        if (found === undefined) throw new SyntaxError(`there is no [:${named[2]}:]`);
        add(named[1] === "" ? found : inverse(found));
        this.#at += named[0].length;
        continue;
      }
      const from = this.#member();
      const isRange = this.#source[this.#at] === "-" &&
        !["]", undefined].includes(this.#source[this.#at + 1]);
      if (from.set !== undefined || !isRange) {
        add(from.set ?? setOf([from.byte, from.byte]));
        continue;
      }
      this.#at++;
      const to = this.#member();
      if (to.set !== undefined) {
        add(setOf([from.byte, from.byte], range("-")));
        add(to.set);
        continue;
      }
      if (to.byte < from.byte) throw new SyntaxError("a range in brackets is out of order");
      add(setOf([from.byte, to.byte]));
    }
    this.#at++;
    return isInverse ? inverse(set) : set;
  }

  #member(): { set: ByteSet; byte?: never } | { set?: never; byte: number } {
    const next = this.#source[this.#at++]!;
    if (next !== "\\") return { byte: code(next) };
    if (this.#source[this.#at] !== "b") return this.#escape();
    this.#at++;
    return { byte: 8 };
  }
}
