import type { HttpAnswer, HttpRequest, Send } from "../../../../lib/oci/registry/transport/http.ts";

/** What a scripted server says: an answer, or why there is none. */
export interface Scripted {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly error?: Error;
}

/** A link of the chain that answers from a script, and writes down what it was asked. */
export class ScriptedSend {
  readonly requests: HttpRequest[] = [];
  /** How many answers nobody has disposed of. */
  open = 0;
  readonly #answer: (request: HttpRequest, index: number) => Scripted;

  constructor(answers: readonly Scripted[] | ((request: HttpRequest, index: number) => Scripted)) {
    this.#answer = typeof answers === "function" ? answers : (_, index) => {
      const answer = answers[index];
      if (answer === undefined) throw new Error(`request ${index} is one too many`);
      return answer;
    };
  }

  /** The link. */
  readonly send: Send = async (request) => {
    await Promise.resolve();
    const answer = this.#answer(request, this.requests.push(request) - 1);
    if (answer.error !== undefined) throw answer.error;
    this.open++;
    let isOpen = true;
    return {
      url: request.url,
      status: answer.status ?? 200,
      headers: new Headers(answer.headers),
      async *chunks() {
        yield new TextEncoder().encode(answer.body ?? "");
      },
      [Symbol.asyncDispose]: () => {
        if (isOpen) this.open--;
        isOpen = false;
        return Promise.resolve();
      },
    } satisfies HttpAnswer;
  };
}
