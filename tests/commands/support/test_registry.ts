import type { TestImage } from "./test_image.ts";

/** A registry on this machine with one image in it: `localhost:PORT/test/os:v1`. */
export class TestRegistry implements AsyncDisposable {
  readonly #image: TestImage;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #ending = new AbortController();
  /** What was asked for: `GET manifests v1`, `GET blobs sha256:… from 100`. */
  readonly requests: string[] = [];
  /** After how many bytes the layer with `/big` stops coming; it stays open. */
  stallsAt: number | undefined;
  #stalled = Promise.withResolvers<void>();

  /** Serves an image. */
  constructor(image: TestImage) {
    this.#image = image;
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, signal: this.#ending.signal, onListen: () => {} },
      (request) => this.#answer(request),
    );
  }

  /** The reference of the image. */
  get reference(): string {
    return `localhost:${this.#server.addr.port}/test/os:v1`;
  }

  /** Resolves when the layer with `/big` has stopped coming. */
  get stalled(): Promise<void> {
    return this.#stalled.promise;
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#server.finished;
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/v2/") return new Response("{}");
    const [, name, kind, wanted = ""] = /^\/v2\/(.*)\/(manifests|blobs)\/(.*)$/.exec(pathname) ??
      [];
    const start = Number(/^bytes=(\d+)-/.exec(request.headers.get("range") ?? "")?.[1] ?? 0);
    this.requests.push([request.method, kind, wanted, ...start ? [`from ${start}`] : []].join(" "));
    const digest = kind === "manifests" && wanted === "v1" ? this.#image.index : wanted;
    const bytes = name === "test/os" && /^sha256:[0-9a-f]{64}$/.test(digest)
      ? await Deno.readFile(`${this.#image.layout}/blobs/${digest.replace(":", "/")}`)
        .catch(() => undefined)
      : undefined;
    if (bytes === undefined) {
      const code = kind === "manifests" ? "MANIFEST_UNKNOWN" : "BLOB_UNKNOWN";
      return Response.json({ errors: [{ code, message: "unknown" }] }, { status: 404 });
    }
    const type = kind === "manifests"
      ? JSON.parse(new TextDecoder().decode(bytes)).mediaType
      : "application/octet-stream";
    const headers = {
      "content-type": type,
      "docker-content-digest": digest,
      "content-length": `${bytes.length - start}`,
      ...start > 0 && { "content-range": `bytes ${start}-${bytes.length - 1}/${bytes.length}` },
    };
    const status = start > 0 ? 206 : 200;
    if (request.method === "HEAD") return new Response(null, { status, headers });
    const stallsAt = digest === this.#image.bigLayer.digest ? this.stallsAt : undefined;
    const body = stallsAt === undefined
      ? bytes.subarray(start)
      : this.#stall(bytes.subarray(start, stallsAt));
    return new Response(body, { status, headers });
  }

  #stall(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
    const stalled = this.#stalled;
    let given = false;
    return new ReadableStream({
      pull(controller) {
        // Nothing more comes, and nothing ends.
        if (given) return stalled.resolve();
        given = true;
        controller.enqueue(bytes);
      },
    });
  }
}
