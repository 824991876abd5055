import { MalformedJson } from "./malformed_json.ts";
import { quote } from "../names/quote.ts";

/** The largest JSON document that is read, in bytes: the limit that registries put on a manifest. */
export const MAX_JSON_SIZE = 4 * 1024 * 1024;

/** A value in a JSON document from outside. It knows its place in the document, so that an error can name it. */
export class JsonValue {
  readonly #value: unknown;
  readonly #document: string;
  readonly #member: string;

  constructor(value: unknown, document: string, member = "") {
    this.#value = value;
    this.#document = document;
    this.#member = member;
  }

  /** Parses a whole document. */
  static parse(bytes: Uint8Array, document: string): JsonValue {
    if (bytes.length > MAX_JSON_SIZE) {
      throw new MalformedJson(document, "", `is larger than ${MAX_JSON_SIZE} bytes`);
    }
    try {
      const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
      return new JsonValue(JSON.parse(text), document);
    } catch (cause) {
      throw new MalformedJson(document, "", "is not JSON", { cause });
    }
  }

  /** A member of this object; `undefined` if it is absent or null. */
  get(name: string): JsonValue | undefined {
    const object = this.#object();
    // Own members only: `constructor` is not a member of `{}`.
    const value = Object.hasOwn(object, name) ? object[name] : undefined;
    if (value === undefined || value === null) return undefined;
    return this.#child(value, this.#member === "" ? name : `${this.#member}.${name}`);
  }

  /** A member that this object must have. */
  require(name: string): JsonValue {
    const value = this.get(name);
    if (value === undefined) throw this.malformed(`has no ${name}`);
    return value;
  }

  /** The elements of this array. */
  elements(): JsonValue[] {
    if (!Array.isArray(this.#value)) throw this.malformed("is not an array");
    return this.#value.map((value, index) => this.#child(value, `${this.#member}[${index}]`));
  }

  /** The members of this object with their names. */
  entries(): [name: string, value: JsonValue][] {
    return Object.entries(this.#object()).map(([name, value]) => [
      name,
      this.#child(value, `${this.#member}[${quote(name)}]`),
    ]);
  }

  /** This text. */
  string(): string {
    if (typeof this.#value !== "string") throw this.malformed("is not a string");
    return this.#value;
  }

  /** This array of texts. */
  strings(): string[] {
    return this.elements().map((element) => element.string());
  }

  /** This object of texts. */
  stringMap(): Record<string, string> {
    return Object.fromEntries(this.entries().map(([name, value]) => [name, value.string()]));
  }

  /** This whole number, such as a size. */
  count(): number {
    if (!Number.isSafeInteger(this.#value) || Number(this.#value) < 0) {
      throw this.malformed("is not a whole number from 0 to 2^53 - 1");
    }
    return Number(this.#value);
  }

  /** The error that says what is wrong with this value. */
  malformed(reason: string, options?: ErrorOptions): MalformedJson {
    return new MalformedJson(this.#document, this.#member, reason, options);
  }

  #child(value: unknown, member: string): JsonValue {
    return new JsonValue(value, this.#document, member);
  }

  #object(): Readonly<Record<string, unknown>> {
    if (!isObject(this.#value)) throw this.malformed("is not an object");
    return this.#value;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
