import { type ByteSet, hasByte, parsePattern, type PatternNode } from "./parse_pattern.ts";

/** How many states of an automaton a pattern may have: `{n,m}` repeats what is before it. Real ones have some 50. */
const MAX_STATES = 20_000;

/** How many sets of states are remembered. Real patterns have some 20. */
const MAX_REMEMBERED = 1_000;

/** A state reads a byte (`set`), goes on without one (`either`), does that at the end only (`end`), or is the last. */
interface State {
  readonly kind: "set" | "either" | "end" | "accept";
  readonly set?: ByteSet;
  next: number;
  other: number;
}

/** A set of states, and where each kind of byte leads from it. */
interface StateSet {
  readonly states: readonly number[];
  readonly accepts: boolean;
  readonly next: (StateSet | undefined)[];
}

const NONE = -1;

/**
 * A regular expression of a `file_contexts` file, anchored at both ends as libselinux does it (`^…$`).
 *
 * It is an automaton, so that the time that a path takes depends on its length alone: whatever expression an image has,
 * it cannot make the host busy, as it could with an engine that tries one way after the other.
 *
 * Paths are strings with one character for each byte.
 */
export class PathPattern {
  /** What every path that it matches begins with. */
  readonly prefix: string;
  /** Whether it matches its prefix alone. */
  readonly isLiteral: boolean;
  readonly #node: PatternNode;
  readonly #stem: string;
  readonly #remembered = new Map<string, StateSet>();
  #states: State[] | undefined;
  #classes: Uint8Array | undefined;
  #first: StateSet | undefined;

  /**
   * @param source The expression: one character for each byte.
   * @throws {SyntaxError} If it is not one, or needs more than an automaton.
   */
  constructor(source: string) {
    const { prefix, rest, stem = "" } = parsePattern(source);
    this.prefix = prefix;
    this.#node = rest;
    this.#stem = stem;
    this.isLiteral = rest.type === "sequence" && rest.nodes.length === 0;
  }

  /** Whether it matches a path that begins with its prefix. */
  matches(path: string): boolean {
    if (this.isLiteral) return path.length === this.prefix.length;
    if (!path.startsWith(this.#stem)) return false;
    let set = this.#first ??= this.#begin();
    for (let at = this.prefix.length; at < path.length; at++) {
      const kind = this.#classes![path.charCodeAt(at) & 0xff]!;
      set = set.next[kind] ??= this.#step(set, kind);
      if (set.states.length === 0) return false;
    }
    return set.accepts;
  }

  #begin(): StateSet {
    const states: State[] = [{ kind: "accept", next: NONE, other: NONE }];
    const start = build(this.#node, 0, states);
    this.#states = states;
    this.#classes = classesOf(states);
    return this.#remember([start]);
  }

  #step(set: StateSet, kind: number): StateSet {
    const byte = this.#classes!.indexOf(kind);
    const reached: number[] = [];
    for (const at of set.states) {
      const state = this.#states![at]!;
      if (state.kind === "set" && hasByte(state.set!, byte)) reached.push(state.next);
    }
    return this.#remember(reached);
  }

  /** The set of what can be reached from states without reading a byte. */
  #remember(from: readonly number[]): StateSet {
    const states = this.#states!;
    const inside = closure(states, from, false);
    const reading = inside.filter((at) => states[at]!.kind !== "either").sort((a, b) => a - b);
    const key = reading.join();
    const known = this.#remembered.get(key);
    if (known !== undefined) return known;
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear();
    const accepts = closure(states, reading, true).some((at) => states[at]!.kind === "accept");
    const set: StateSet = { states: reading, accepts, next: [] };
    this.#remembered.set(key, set);
    return set;
  }
}

/** Adds the states of a node, the last of which leads to `next`; gives the first. */
function build(node: PatternNode, next: number, states: State[]): number {
  const add = (state: State): number => {
    if (states.length >= MAX_STATES) throw new SyntaxError("it is too large");
    return states.push(state) - 1;
  };
  switch (node.type) {
    case "set":
      return add({ kind: "set", set: node.set, next, other: NONE });
    case "end":
      return add({ kind: "end", next, other: NONE });
    case "sequence":
      return node.nodes.reduceRight((after, part) => build(part, after, states), next);
    case "choice":
      return node.nodes.map((part) => build(part, next, states))
        .reduce((other, first) => add({ kind: "either", next: first, other }));
    case "repeat": {
      let at = next;
      if (node.max === Infinity) {
        at = add({ kind: "either", next: NONE, other: next });
        states[at]!.next = build(node.node, at, states);
      } else {
        for (let count = node.min; count < node.max; count++) {
          at = add({ kind: "either", next: build(node.node, at, states), other: next });
        }
      }
      for (let count = 0; count < node.min; count++) at = build(node.node, at, states);
      return at;
    }
  }
}

/** The states that can be reached without reading a byte, at the end of a path or before it. */
function closure(states: readonly State[], from: readonly number[], atEnd: boolean): number[] {
  const found = new Set<number>(from);
  for (const at of found) {
    const { kind, next, other } = states[at]!;
    if (kind === "either") found.add(next).add(other);
    else if (kind === "end" && atEnd) found.add(next);
  }
  return [...found];
}

/** Numbers the kinds of bytes: those of a kind are in the same sets. */
function classesOf(states: readonly State[]): Uint8Array {
  const classes = new Uint8Array(256);
  let count = 1;
  for (const set of new Set(states.flatMap(({ set }) => set ?? []))) {
    const split = new Map<number, number>();
    const isOut = new Set<number>();
    for (let byte = 0; byte < 256; byte++) {
      if (!hasByte(set, byte)) isOut.add(classes[byte]!);
    }
    for (let byte = 0; byte < 256; byte++) {
      const old = classes[byte]!;
      if (!hasByte(set, byte) || !isOut.has(old)) continue;
      if (!split.has(old)) split.set(old, count++);
      classes[byte] = split.get(old)!;
    }
  }
  return classes;
}
