/**
 * A server on this machine that answers as a test says.
 *
 * @module
 */
import { type ImageSource, qualifyReference } from "../../../../lib/oci/mod.ts";
import { connect } from "../../../../lib/oci/registry/connect.ts";
import { TestRuntime } from "./test_runtime.ts";

/** What a server was asked. */
export interface Asked {
  readonly method: string;
  /** The path and the query. */
  readonly path: string;
  readonly headers: Headers;
}

/** Answers a request: from the number of those of the same path before it. */
export type Handler = (asked: Asked, count: number) => Response | Promise<Response>;

/** A server, and an image that is opened in it. */
export interface ScriptedRegistry extends AsyncDisposable {
  readonly host: string;
  readonly asked: Asked[];
  readonly runtime: TestRuntime;
  /** `HOST/x:1`, opened without encryption. */
  readonly image: ImageSource;
}

/** Starts a server. */
export async function startScriptedRegistry(
  handler: Handler,
  { stallTimeout, reference = "x:1", files = {}, env = {} }: {
    readonly stallTimeout?: number;
    readonly reference?: string;
    /** Files below the home folder. */
    readonly files?: Readonly<Record<string, string>>;
    readonly env?: Readonly<Record<string, string>>;
  } = {},
): Promise<ScriptedRegistry> {
  const asked: Asked[] = [];
  const ending = new AbortController();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {}, signal: ending.signal },
    async (request) => {
      const { pathname, search } = new URL(request.url);
      const path = pathname + search;
      const count = asked.filter((other) => other.path === path).length;
      const one = { method: request.method, path, headers: request.headers };
      asked.push(one);
      await request.body?.cancel();
      return handler(one, count);
    },
  );
  const host = `127.0.0.1:${server.addr.port}`;
  const home = await Deno.makeTempDir({ prefix: "snapvm-scripted-" });
  for (const [path, text] of Object.entries(files)) {
    await Deno.mkdir(`${home}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.writeTextFile(`${home}/${path}`, text.replaceAll("HOST", host));
  }
  const runtime = new TestRuntime(stallTimeout);
  const name = `${host}/${reference}`;
  const image = await connect(
    name,
    qualifyReference(name),
    { plainHttp: true, env: { HOME: home, ...env } },
    { runtime, etc: `${home}/etc` },
  );
  return {
    host,
    asked,
    runtime,
    image,
    async [Symbol.asyncDispose]() {
      await image[Symbol.asyncDispose]();
      ending.abort();
      await server.finished;
      await Deno.remove(home, { recursive: true });
    },
  };
}
