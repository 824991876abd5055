import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Descriptor } from "../../../lib/oci/mod.ts";
import { digestOf, json, randomBytes } from "./support/make_layout.ts";
import { type Handler, startScriptedRegistry } from "./support/scripted_registry.ts";

const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
const CONFIG = {
  mediaType: "application/vnd.oci.image.config.v1+json",
  digest: digestOf(json({})),
  size: 2,
};
const MANIFEST = json({ schemaVersion: 2, mediaType: MANIFEST_TYPE, config: CONFIG, layers: [] });
const BLOB = randomBytes(300_000);
const LAYER: Descriptor = { mediaType: "x/y", digest: digestOf(BLOB), size: BLOB.length };

function manifest(bytes: BodyInit = MANIFEST, headers: Record<string, string> = {}): Response {
  return new Response(bytes, { headers: { "content-type": MANIFEST_TYPE, ...headers } });
}

async function read(
  chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
): Promise<Uint8Array<ArrayBuffer>> {
  return Buffer.concat(await Array.fromAsync(chunks));
}

/** Some bytes, and then the connection is lost: the server has promised more than it has. */
function cut(bytes: Uint8Array<ArrayBuffer>, { status, headers }: ResponseInit = {}): Response {
  const start = Number(
    /bytes (\d+)-/.exec(new Headers(headers).get("content-range") ?? "")?.[1] ?? 0,
  );
  return new Response(ReadableStream.from(sent()), {
    status: status ?? 200,
    headers: { ...headers, "content-length": `${BLOB.length - start}` },
  });

  async function* sent(): AsyncGenerator<Uint8Array> {
    yield bytes;
    // The bytes are on their way first.
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A body that never ends. */
function endless(size = 65_536): ReadableStream<Uint8Array> {
  const chunk = new Uint8Array(size).fill(32);
  return new ReadableStream({ pull: (controller) => controller.enqueue(chunk) });
}

/** The part of the blob that a request asks for. */
function part(headers: Headers): { start: number; init: ResponseInit } {
  const start = Number(/^bytes=(\d+)-$/.exec(headers.get("range") ?? "")?.[1] ?? 0);
  return start === 0 ? { start, init: {} } : {
    start,
    init: {
      status: 206,
      headers: { "content-range": `bytes ${start}-${BLOB.length - 1}/${BLOB.length}` },
    },
  };
}

Deno.test("root() asks for all types of manifests, and takes what fits", async (t) => {
  const index = json({ schemaVersion: 2, manifests: [] });
  const rows: {
    name: string;
    body?: Uint8Array<ArrayBuffer>;
    headers: Record<string, string>;
    type: string;
  }[] = [
    { name: "as the header says", headers: {}, type: MANIFEST_TYPE },
    {
      name: "with parameters",
      headers: { "content-type": `${MANIFEST_TYPE}; charset=utf-8` },
      type: MANIFEST_TYPE,
    },
    {
      name: "as the document says",
      headers: { "content-type": "text/plain" },
      type: MANIFEST_TYPE,
    },
    {
      name: "as the document looks",
      body: index,
      headers: { "content-type": "application/octet-stream" },
      type: "application/vnd.oci.image.index.v1+json",
    },
    {
      name: "with its digest",
      headers: { "docker-content-digest": digestOf(MANIFEST) },
      type: MANIFEST_TYPE,
    },
    {
      name: "with a digest of another kind",
      headers: { "docker-content-digest": "sha512:0" },
      type: MANIFEST_TYPE,
    },
  ];
  for (const { name, body = MANIFEST, headers, type } of rows) {
    await t.step(name, async () => {
      await using registry = await startScriptedRegistry(() => manifest(body, headers));
      const root = await registry.image.root();
      assert.deepEqual(root.descriptor, {
        mediaType: type,
        digest: digestOf(body),
        size: body.length,
      });
      assert.deepEqual(root.bytes, body);
      const [asked] = registry.asked;
      assert.equal(asked?.path, "/v2/x/manifests/1");
      assert.equal(
        asked?.headers.get("accept"),
        "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, " +
          "application/vnd.docker.distribution.manifest.list.v2+json, " +
          "application/vnd.docker.distribution.manifest.v2+json",
      );
    });
  }
});

Deno.test("root() refuses what is not the image's manifest", async (t) => {
  const other = digestOf(json(1));
  const rows: {
    name: string;
    answer: () => Response;
    reference?: string;
    code: string;
    why: RegExp;
  }[] = [
    {
      name: "Docker's schema 1",
      answer: () =>
        manifest(json({ schemaVersion: 1 }), {
          "content-type": "application/vnd.docker.distribution.manifest.v1+prettyjws",
        }),
      code: "registry-protocol",
      why: /it is in Docker's schema 1/,
    },
    {
      name: "schema 1 under another name",
      answer: () => manifest(json({ schemaVersion: 1, fsLayers: [] })),
      code: "registry-protocol",
      why: /it is in Docker's schema 1/,
    },
    {
      name: "an index that is a manifest too",
      answer: () => manifest(json({ schemaVersion: 2, manifests: [], layers: [] })),
      code: "registry-protocol",
      why: /it is both an index and a manifest$/,
    },
    {
      name: "header and document that contradict each other",
      answer: () =>
        manifest(MANIFEST, {
          "content-type": "application/vnd.docker.distribution.manifest.v2+json",
        }),
      code: "registry-protocol",
      why:
        /it is sent as application\/vnd\.docker\.distribution\.manifest\.v2\+json, and says of itself/,
    },
    {
      name: "another document",
      answer: () =>
        manifest(json({ mediaType: "../../etc/passwd\u001b" }), { "content-type": "text/html" }),
      code: "registry-protocol",
      why: /it is of the type "\.\.\/\.\.\/etc\/passwd\\u001b"$/,
    },
    {
      name: "no JSON",
      answer: () => manifest("<html>"),
      code: "malformed-json",
      why: /it is not JSON$/,
    },
    {
      name: "a truncated manifest",
      answer: () => manifest(MANIFEST.subarray(0, 50)),
      code: "malformed-json",
      why: /it is not JSON$/,
    },
    {
      name: "a manifest of another digest than it says",
      answer: () => manifest(MANIFEST, { "docker-content-digest": other }),
      code: "corrupt-blob",
      why: /its bytes have the digest sha256:/,
    },
    {
      name: "a manifest of another digest than was asked for",
      answer: () => manifest(),
      reference: `x@${other}`,
      code: "corrupt-blob",
      why: /its bytes have the digest sha256:/,
    },
    {
      name: "a huge manifest",
      answer: () => manifest(endless()),
      code: "registry-protocol",
      why: /it is larger than 4194304 bytes$/,
    },
    {
      name: "no manifest",
      answer: () =>
        Response.json({ errors: [{ code: "MANIFEST_UNKNOWN", message: "manifest unknown" }] }, {
          status: 404,
        }),
      code: "registry-error",
      why:
        /^Cannot read the manifest of 127\.0\.0\.1:\d+\/x:1: 127\.0\.0\.1:\d+ answered with status 404; MANIFEST_UNKNOWN: manifest unknown$/,
    },
    {
      name: "no right to it",
      answer: () => Response.json({ errors: [{ code: "DENIED" }] }, { status: 403 }),
      code: "registry-error",
      why: /status 403; DENIED$/,
    },
    {
      name: "a status that makes no sense",
      answer: () => new Response(null, { status: 204 }),
      code: "registry-error",
      why: /status 204$/,
    },
    {
      name: "endless redirects",
      answer: () => new Response(null, { status: 302, headers: { location: "/v2/x/manifests/1" } }),
      code: "registry-protocol",
      why: /it redirects more than 10 times$/,
    },
  ];
  for (const { name, answer, reference = "x:1", code, why } of rows) {
    await t.step(name, async () => {
      await using registry = await startScriptedRegistry(answer, { reference });
      await assert.rejects(registry.image.root(), { code, message: why });
    });
  }
});

Deno.test("document() verifies a document", async (t) => {
  const rows: {
    name: string;
    descriptor: Descriptor;
    body?: BodyInit;
    code?: string;
    path?: string;
  }[] = [
    {
      name: "a configuration",
      descriptor: CONFIG,
      body: "{}",
      path: `/v2/x/blobs/${CONFIG.digest}`,
    },
    {
      name: "a manifest",
      descriptor: { mediaType: MANIFEST_TYPE, digest: digestOf(MANIFEST), size: MANIFEST.length },
      body: MANIFEST,
      path: `/v2/x/manifests/${digestOf(MANIFEST)}`,
    },
    { name: "another digest", descriptor: CONFIG, body: "[]", code: "corrupt-blob" },
    { name: "another size", descriptor: CONFIG, body: "{} ", code: "corrupt-blob" },
    { name: "nothing", descriptor: CONFIG, body: "", code: "corrupt-blob" },
    { name: "without end", descriptor: CONFIG, body: endless(), code: "registry-protocol" },
    {
      name: "too large to ask for",
      descriptor: { ...CONFIG, size: 2 ** 40 },
      code: "corrupt-blob",
    },
    {
      name: "a digest that is a path",
      descriptor: { ...CONFIG, digest: "sha256:../../../x" },
      code: "invalid-digest",
    },
    {
      name: "a digest that cannot be verified",
      descriptor: { ...CONFIG, digest: "md5:0" },
      code: "invalid-digest",
    },
  ];
  for (const { name, descriptor, body, code, path } of rows) {
    await t.step(name, async () => {
      await using registry = await startScriptedRegistry(() => new Response(body ?? null));
      const document = registry.image.document(descriptor);
      if (code !== undefined) return await assert.rejects(document, { code });
      assert.equal(digestOf((await document).bytes), descriptor.digest);
      assert.deepEqual(registry.asked.map((asked) => asked.path), [path]);
    });
  }
});

Deno.test("openBlob() goes on where the connection was lost", async (t) => {
  const rows: { name: string; handler: Handler; offset?: number; ranges: (string | null)[] }[] = [
    {
      name: "with ranges",
      handler: ({ headers }, count) => {
        const { start, init } = part(headers);
        const bytes = BLOB.subarray(start);
        return count < 3 ? cut(bytes.subarray(0, 70_000), init) : new Response(bytes, init);
      },
      ranges: [null, "bytes=70000-", "bytes=140000-", "bytes=210000-"],
    },
    {
      name: "without ranges",
      handler: (_, count) =>
        count < 2 ? cut(BLOB.subarray(0, 70_000 * (count + 1))) : new Response(BLOB),
      ranges: [null, "bytes=70000-", "bytes=140000-"],
    },
    {
      name: "after errors in the middle",
      handler: ({ headers }, count) => {
        const { start, init } = part(headers);
        if (count === 0) return cut(BLOB.subarray(0, 70_000));
        if (count < 4) return new Response(null, { status: 498 + 2 * count });
        return new Response(BLOB.subarray(start), init);
      },
      ranges: [null, ...Array(4).fill("bytes=70000-")],
    },
    {
      name: "from an offset",
      handler: ({ headers }) => {
        const { start, init } = part(headers);
        return new Response(BLOB.subarray(start), init);
      },
      offset: 299_999,
      ranges: ["bytes=299999-"],
    },
    {
      name: "from an offset, without ranges",
      handler: () => new Response(BLOB),
      offset: 123_456,
      ranges: ["bytes=123456-"],
    },
    { name: "from the end", handler: () => assert.fail(), offset: BLOB.length, ranges: [] },
  ];
  for (const { name, handler, offset = 0, ranges } of rows) {
    await t.step(name, async () => {
      await using registry = await startScriptedRegistry(handler);
      const bytes = await read(registry.image.openBlob(LAYER, { offset }));
      assert.equal(digestOf(bytes), digestOf(BLOB.subarray(offset)));
      assert.deepEqual(registry.asked.map(({ headers }) => headers.get("range")), ranges);
    });
  }
});

Deno.test("openBlob() never gives more than the blob, and ends with an error that says why", async (t) => {
  const size = LAYER.size;
  const rows: {
    name: string;
    handler: Handler;
    offset?: number;
    code: string;
    why: RegExp;
    most?: number;
  }[] = [
    {
      name: "a blob without end",
      handler: () => new Response(endless()),
      code: "corrupt-blob",
      why: /it has more than 300000 bytes$/,
    },
    {
      name: "a larger blob",
      handler: () => new Response(new Uint8Array(size + 1)),
      code: "corrupt-blob",
      why: /it has 300001 bytes instead of 300000$/,
    },
    {
      name: "a smaller blob",
      handler: () => new Response(new Uint8Array(10)),
      code: "corrupt-blob",
      why: /it has 10 bytes instead of 300000$/,
    },
    {
      name: "a blob that ends early without saying so",
      handler: () => new Response(new Blob([new Uint8Array(10)]).stream()),
      code: "registry-protocol",
      why: /answered with the range "" instead of that from byte 10$/,
      most: 2,
    },
    ...[
      ["bytes 0-299999/300000", "registry-protocol"],
      ["bytes 11-299999/300000", "registry-protocol"],
      ["bytes 10-9/300000", "registry-protocol"],
      ["bytes 10-299999/300001", "corrupt-blob"],
      ["10-299999/300000", "registry-protocol"],
      ["bytes */300000", "registry-protocol"],
      [`bytes 10-${"9".repeat(400)}/*`, "registry-protocol"],
    ].map(([range = "", code = ""]) => ({
      name: `the range ${range.slice(0, 30)}`,
      handler: () =>
        new Response(BLOB.subarray(10), { status: 206, headers: { "content-range": range } }),
      offset: 10,
      code,
      why: /range|bytes instead of/,
    })),
    {
      name: "a part that nobody asked for",
      handler: () => new Response(BLOB.subarray(10), { status: 206 }),
      code: "registry-protocol",
      why: /answered with the range ""/,
    },
    {
      name: "a range that cannot be",
      handler: () => new Response(null, { status: 416 }),
      offset: 10,
      code: "registry-error",
      why: /status 416$/,
    },
    {
      name: "a byte at a time",
      handler: ({ headers }) => {
        const { start, init } = part(headers);
        return cut(BLOB.subarray(start, start + 1), init);
      },
      code: "registry-unreachable",
      why: /^Cannot reach http:\/\/127\.0\.0\.1:\d+: /,
      most: 5,
    },
    {
      name: "busy for good",
      handler: () => new Response(null, { status: 503, headers: { "retry-after": "1" } }),
      code: "registry-error",
      why: /status 503$/,
      most: 5,
    },
  ];
  for (const { name, handler, offset = 0, code, why, most = 1 } of rows) {
    await t.step(name, async () => {
      const statuses = name.startsWith("a blob that ends early")
        ? (asked: Parameters<Handler>[0], count: number) =>
          count === 0 ? handler(asked, count) : new Response(BLOB, { status: 206 })
        : handler;
      await using registry = await startScriptedRegistry(statuses);
      let received = 0;
      await assert.rejects(async () => {
        for await (const chunk of registry.image.openBlob(LAYER, { offset })) {
          received += chunk.length;
        }
      }, { code, message: why });
      assert(received <= size - offset);
      assert(registry.asked.length <= most, `${registry.asked.length} requests`);
    });
  }
});

Deno.test("openBlob() stops when it is aborted, when its reader stops, and when the image is closed", async (t) => {
  const slow: Handler = () =>
    new Response(
      new ReadableStream({ start: (controller) => controller.enqueue(BLOB.subarray(0, 10)) }),
    );
  await t.step("aborted", async () => {
    await using registry = await startScriptedRegistry(slow);
    const ending = new AbortController();
    const reason = new Error("enough");
    await assert.rejects(async () => {
      for await (const _ of registry.image.openBlob(LAYER, { signal: ending.signal })) {
        ending.abort(reason);
      }
    }, reason);
  });
  await t.step("its reader stops", async () => {
    await using registry = await startScriptedRegistry(slow);
    for await (const _ of registry.image.openBlob(LAYER)) break;
  });
  await t.step("closed", async () => {
    await using registry = await startScriptedRegistry(slow);
    await assert.rejects(async () => {
      for await (const _ of registry.image.openBlob(LAYER)) {
        await registry.image[Symbol.asyncDispose]();
      }
    }, { name: "AbortError", message: /has been closed$/ });
  });
});

Deno.test("a server that says nothing is given up", async (t) => {
  await t.step("before the answer", async () => {
    const { promise, resolve } = Promise.withResolvers<Response>();
    await using registry = await startScriptedRegistry(() => promise, { stallTimeout: 20 });
    await assert.rejects(registry.image.root(), {
      code: "registry-unreachable",
      message: /it sent nothing in 0\.02 seconds$/,
    });
    assert.equal(registry.asked.length, 5);
    resolve(new Response());
  });
  await t.step("in the middle of a blob", async () => {
    await using registry = await startScriptedRegistry(({ headers }, count) => {
      const { start, init } = part(headers);
      const body = new ReadableStream({
        start: (controller) => controller.enqueue(BLOB.subarray(start, start + 100_000)),
      });
      return count === 0 ? new Response(body, init) : new Response(BLOB.subarray(start), init);
    }, { stallTimeout: 200 });
    assert.equal(digestOf(await read(registry.image.openBlob(LAYER))), LAYER.digest);
    assert.equal(registry.asked.length, 2);
  });
  await t.step("one that sends next to nothing", async () => {
    await using registry = await startScriptedRegistry(({ headers }) => {
      const { start, init } = part(headers);
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          registry.runtime.pass(5000);
          controller.enqueue(BLOB.subarray(start, start + 1));
        },
      }, { highWaterMark: 0 });
      return new Response(body, init);
    });
    await assert.rejects(read(registry.image.openBlob(LAYER)), {
      code: "registry-unreachable",
      message: /it sent no more than \d+ bytes in 10 seconds$/,
    });
  });
});

Deno.test("many blobs at the same time need one token", async () => {
  const auth = { auths: { "HOST": { auth: btoa("me:secret") } } };
  await using registry = await startScriptedRegistry(({ path, headers }) => {
    if (path.startsWith("/token")) {
      assert.equal(headers.get("authorization"), `Basic ${btoa("me:secret")}`);
      return Response.json({ token: "t1" });
    }
    if (path === "/elsewhere") {
      assert.equal(headers.get("authorization"), "Bearer t1", "the same origin");
      return new Response(BLOB);
    }
    if (headers.get("authorization") !== "Bearer t1") {
      return new Response(null, {
        status: 401,
        headers: {
          "www-authenticate": `Bearer realm="http://${headers.get("host")}/token",service="s"`,
        },
      });
    }
    return new Response(null, { status: 307, headers: { location: "/elsewhere" } });
  }, { files: { ".docker/config.json": JSON.stringify(auth) } });
  const blobs = await Promise.all(
    Array.from({ length: 8 }, () => read(registry.image.openBlob(LAYER))),
  );
  assert(blobs.every((bytes) => digestOf(bytes) === LAYER.digest));
  const tokens = registry.asked.filter(({ path }) => path.startsWith("/token"));
  assert.deepEqual(tokens.map(({ path }) => path), [
    "/token?service=s&scope=repository%3Ax%3Apull&account=me",
  ]);
});

Deno.test("openBlob() goes on with a new token when the old one is refused in the middle", async () => {
  let tokens = 0;
  await using registry = await startScriptedRegistry(({ path, headers }, count) => {
    if (path.startsWith("/token")) return Response.json({ token: `t${++tokens}` });
    if (headers.get("authorization") !== `Bearer t${count < 2 ? 1 : 2}`) {
      return new Response(null, {
        status: 401,
        headers: { "www-authenticate": `Bearer realm="http://${headers.get("host")}/token"` },
      });
    }
    const { start, init } = part(headers);
    const bytes = BLOB.subarray(start);
    return start === 0 ? cut(bytes.subarray(0, 70_000), init) : new Response(bytes, init);
  });
  assert.equal(digestOf(await read(registry.image.openBlob(LAYER))), LAYER.digest);
  assert.deepEqual(
    registry.asked.map(({ path, headers }) => [
      path.split("?")[0],
      headers.get("range"),
      headers.get("authorization"),
    ]),
    [
      [`/v2/x/blobs/${LAYER.digest}`, null, null],
      ["/token", null, null],
      [`/v2/x/blobs/${LAYER.digest}`, null, "Bearer t1"],
      [`/v2/x/blobs/${LAYER.digest}`, "bytes=70000-", "Bearer t1"],
      ["/token", null, null],
      [`/v2/x/blobs/${LAYER.digest}`, "bytes=70000-", "Bearer t2"],
    ],
  );
});

Deno.test("credentials never reach another origin", async () => {
  const received: Headers[] = [];
  const storage = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    received.push(request.headers);
    return new URL(request.url).pathname === "/asks"
      ? new Response(null, { status: 401, headers: { "www-authenticate": `Basic realm="x"` } })
      : new Response(BLOB);
  });
  {
    const auth = { auths: { "HOST": { auth: btoa("me:secret") } } };
    let target = "/blob?signature=topsecret";
    await using registry = await startScriptedRegistry(
      ({ headers }) =>
        headers.has("authorization")
          ? new Response(null, {
            status: 307,
            headers: { location: `http://127.0.0.1:${storage.addr.port}${target}` },
          })
          : new Response(null, { status: 401, headers: { "www-authenticate": `Basic realm="x"` } }),
      {
        files: { ".docker/config.json": JSON.stringify(auth) },
      },
    );
    assert.equal(digestOf(await read(registry.image.openBlob(LAYER))), LAYER.digest);
    target = "/asks?signature=topsecret";
    await assert.rejects(read(registry.image.openBlob(LAYER)), (error: Error) => {
      assert.match(error.message, /status 401$/);
      assert.doesNotMatch(Deno.inspect(error), /topsecret|bWU6/);
      return true;
    });
    assert.equal(received.length, 2);
    for (const headers of received) {
      assert.deepEqual([...headers.keys()].sort(), [
        "accept",
        "accept-encoding",
        "accept-language",
        "host",
        "user-agent",
      ]);
    }
  }
  await storage.shutdown();
});

Deno.test("a mirror that fails is passed over, for manifests and in the middle of a blob", async (t) => {
  const conf = (mirror: string) => ({
    ".config/containers/registries.conf":
      `[[registry]]\nlocation = "HOST"\n[[registry.mirror]]\nlocation = "${mirror}"\ninsecure = true`,
  });
  const registryHandler: Handler = ({ path, headers }) => {
    if (path.includes("/manifests/")) return manifest();
    const { start, init } = part(headers);
    return new Response(BLOB.subarray(start), init);
  };
  const rows: { name: string; mirror: Handler; own: string[] }[] = [
    {
      name: "one that has it all",
      mirror: registryHandler,
      own: [],
    },
    {
      name: "one that has nothing",
      mirror: () => new Response(null, { status: 404 }),
      own: ["/v2/x/manifests/1", `/v2/x/blobs/${LAYER.digest}`],
    },
    {
      name: "one with another manifest of the same digest",
      mirror: ({ path }) =>
        path.includes("/manifests/")
          ? manifest("{}", { "docker-content-digest": digestOf(MANIFEST) })
          : new Response(BLOB),
      own: ["/v2/x/manifests/1", `/v2/x/blobs/${LAYER.digest}`],
    },
    {
      name: "one that breaks off and has nothing more",
      mirror: ({ path }, count) =>
        path.includes("/manifests/")
          ? manifest()
          : count === 0
          ? cut(BLOB.subarray(0, 70_000))
          : new Response(null, { status: 404 }),
      own: [`/v2/x/blobs/${LAYER.digest}`],
    },
  ];
  for (const { name, mirror, own } of rows) {
    await t.step(name, async () => {
      await using other = await startScriptedRegistry(mirror);
      await using registry = await startScriptedRegistry(registryHandler, {
        files: conf(other.host),
      });
      assert.equal((await registry.image.root()).descriptor.digest, digestOf(MANIFEST));
      assert.equal(digestOf(await read(registry.image.openBlob(LAYER))), LAYER.digest);
      assert.deepEqual(registry.asked.map(({ path }) => path), own);
    });
  }
  await t.step("none has it: the registry's own words", async () => {
    await using registry = await startScriptedRegistry(
      () => Response.json({ errors: [{ code: "NAME_UNKNOWN" }] }, { status: 404 }),
      { files: conf("127.0.0.1:9") },
    );
    await assert.rejects(registry.image.root(), { message: /NAME_UNKNOWN$/ });
  });
});

Deno.test("a server that does not speak HTTP is found out", async (t) => {
  const rows: { name: string; says: string; code: string; reason: string; attempts: number }[] = [
    {
      name: "another protocol",
      says: "SSH-2.0-OpenSSH_9.2\r\n",
      code: "registry-unreachable",
      reason: "not-http",
      attempts: 1,
    },
    {
      name: "headers without end",
      says: `HTTP/1.1 200 OK\r\n${"x: y\r\n".repeat(200_000)}`,
      code: "registry-unreachable",
      reason: "other",
      attempts: 1,
    },
    { name: "nothing", says: "", code: "registry-unreachable", reason: "interrupted", attempts: 5 },
  ];
  for (const { name, says, code, reason, attempts } of rows) {
    await t.step(name, async () => {
      using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const serving = (async () => {
        for await (const connection of listener) {
          await connection.read(new Uint8Array(4096));
          await connection.write(new TextEncoder().encode(says)).catch(() => {});
          connection.close();
        }
      })();
      await using registry = await startScriptedRegistry(() => assert.fail(), {
        files: {
          ".config/containers/registries.conf":
            `[[registry]]\nprefix = "HOST"\nlocation = "127.0.0.1:${listener.addr.port}"`,
        },
      });
      const host = `127.0.0.1:${listener.addr.port}`;
      await assert.rejects(registry.image.root(), { code, data: { registry: host, reason } });
      assert.equal(registry.runtime.delays.length, attempts - 1);
      listener.close();
      await serving;
    });
  }
});
