import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import {
  MalformedJson,
  parseDescriptor,
  parseImageConfig,
  parseIndex,
  parseManifest,
  readBlob,
} from "../../../lib/oci/mod.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const json = (value: unknown) => encode(JSON.stringify(value));

const DIGEST = "sha256:" + "0".repeat(64);
const DESCRIPTOR = { mediaType: "application/x", digest: DIGEST, size: 7 };
const INDEX = {
  schemaVersion: 2,
  mediaType: "application/vnd.oci.image.index.v1+json",
  manifests: [
    {
      ...DESCRIPTOR,
      urls: ["https://example.com/x"],
      annotations: { ["__proto__"]: "a", constructor: "b" },
      platform: { os: "linux", architecture: "arm64", variant: "v8" },
      artifactType: "application/y",
    },
    { ...DESCRIPTOR, platform: { os: "linux", architecture: "amd64" } },
    DESCRIPTOR,
  ],
  annotations: { key: "value" },
};
const MANIFEST = {
  schemaVersion: 2,
  mediaType: "application/vnd.oci.image.manifest.v1+json",
  config: DESCRIPTOR,
  layers: [DESCRIPTOR, DESCRIPTOR],
  annotations: { key: "value" },
};
const CONFIG = {
  created: "2026-11-22T00:00:00Z",
  author: "somebody",
  architecture: "arm64",
  os: "linux",
  variant: "v8",
  config: {
    User: "root:root",
    Env: ["PATH=/bin"],
    Entrypoint: ["/bin/sh"],
    Cmd: ["-c", "true"],
    WorkingDir: "/",
    Labels: { "containers.bootc": "1" },
    StopSignal: "SIGTERM",
  },
  rootfs: { type: "layers", diff_ids: [DIGEST] },
};

const documents: [
  name: string,
  parse: (bytes: Uint8Array) => unknown,
  document: Record<string, unknown>,
][] = [
  ["parseIndex", parseIndex, INDEX],
  ["parseManifest", parseManifest, MANIFEST],
  ["parseImageConfig", parseImageConfig, CONFIG],
];

for (const [name, parse, document] of documents) {
  Deno.test(`${name}() gives every known member`, () => {
    assert.deepEqual(parse(json(document)), document);
  });

  Deno.test(`${name}() passes over unknown and null members`, () => {
    const more = { ...document, surprise: { deep: [1] }, author: null, annotations: null };
    const { author: _author, annotations: _annotations, ...rest } = document;
    assert.deepEqual(parse(json(more)), rest);
  });

  Deno.test(`${name}() refuses a document cut at any length`, () => {
    const bytes = json(document);
    for (let length = 0; length < bytes.length; length++) {
      assert.throws(() => parse(bytes.subarray(0, length)), MalformedJson, String(length));
    }
  });

  Deno.test(`${name}() ends with a value or MalformedJson, whatever a member is replaced with`, () => {
    const replacements = [null, true, -1, 1.5, 1e300, 2 ** 53, "", "x", [], [[]], {}, [null], {
      "": null,
    }];
    let refused = 0;
    for (const path of paths(document)) {
      for (const replacement of replacements) {
        try {
          parse(json(replaced(document, path, replacement)));
        } catch (error) {
          assert(error instanceof MalformedJson, `${path.join(".")}: ${error}`);
          refused++;
        }
      }
    }
    assert(refused > 0);
  });

  Deno.test(`${name}() refuses what is not a JSON object`, () => {
    const rows: [name: string, bytes: Uint8Array][] = [
      ["nothing", encode("")],
      ["a number", encode("7")],
      ["an array", encode("[]")],
      ["null", encode("null")],
      ["invalid UTF-8", new Uint8Array([0x22, 0xff, 0x22])],
      ["deep arrays", encode("[".repeat(1_000_000) + "]".repeat(1_000_000))],
      ["deep objects that end early", encode('{"a":'.repeat(500_000))],
      ["more than 4 MiB", encode(`{"a":"${"x".repeat(4 * 1024 * 1024)}"}`)],
    ];
    for (const [row, bytes] of rows) assert.throws(() => parse(bytes), MalformedJson, row);
  });

  Deno.test(`${name}() ends with a value or MalformedJson, whatever bytes are changed`, () => {
    const whole = json(document);
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
    const changes = fc.array(change, { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(changes, (changes) => {
        const bytes = whole.slice();
        for (const [offset, value] of changes) bytes[offset] = value;
        try {
          parse(bytes);
        } catch (error) {
          assert(error instanceof MalformedJson);
        }
      }),
      { seed: 1, numRuns: 2500 },
    );
  });

  Deno.test(`${name}() ends with a value or MalformedJson, whatever the JSON`, () => {
    fc.assert(fc.property(fc.json(), (text) => {
      try {
        parse(encode(text));
      } catch (error) {
        assert(error instanceof MalformedJson);
      }
    }));
  });
}

Deno.test("parseIndex() passes over deep nesting in members that it does not know", () => {
  const deep = "[".repeat(1_000_000) + "]".repeat(1_000_000);
  const bytes = encode(`{"schemaVersion":2,"manifests":[],"x":${deep}}`);
  assert.deepEqual(parseIndex(bytes), { schemaVersion: 2, manifests: [] });
});

Deno.test("MalformedJson names the document and the member", () => {
  const rows: [value: unknown, member: string, message: string][] = [
    [{ manifests: [] }, "", "Cannot read the index abc: it has no schemaVersion"],
    [
      { schemaVersion: 1, manifests: [] },
      "schemaVersion",
      "Cannot read the index abc: schemaVersion is not 2",
    ],
    [
      { schemaVersion: 2, manifests: {} },
      "manifests",
      "Cannot read the index abc: manifests is not an array",
    ],
    [
      { schemaVersion: 2, manifests: [DESCRIPTOR, { ...DESCRIPTOR, digest: "md5" }] },
      "manifests[1].digest",
      "Cannot read the index abc: manifests[1].digest is not a digest",
    ],
    [
      { schemaVersion: 2, manifests: [{ ...DESCRIPTOR, platform: { os: "linux" } }] },
      "manifests[0].platform",
      "Cannot read the index abc: manifests[0].platform has no architecture",
    ],
    [
      { schemaVersion: 2, manifests: [{ ...DESCRIPTOR, size: 2 ** 53 }] },
      "manifests[0].size",
      "Cannot read the index abc: manifests[0].size is not a whole number from 0 to 2^53 - 1",
    ],
    [
      { schemaVersion: 2, manifests: [], annotations: { "a\n": 1 } },
      'annotations["a\\n"]',
      'Cannot read the index abc: annotations["a\\n"] is not a string',
    ],
  ];
  for (const [value, member, message] of rows) {
    assert.throws(() => parseIndex(json(value), "index abc"), (error) => {
      assert(error instanceof MalformedJson);
      assert.deepEqual([error.document, error.member, error.message], [
        "index abc",
        member,
        message,
      ]);
      return true;
    });
  }
});

Deno.test("parseDescriptor() does not take inherited members", () => {
  assert.throws(() => parseDescriptor(Object.create(DESCRIPTOR)), MalformedJson);
  assert.deepEqual(parseDescriptor(DESCRIPTOR), DESCRIPTOR);
});

Deno.test("the layouts that umoci and skopeo write are read as they were written", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const layout = join(folder, "layout");
    await run("umoci", "init", "--layout", layout);
    await run("umoci", "new", "--image", `${layout}:one`);
    await run(
      ...[
        "umoci",
        "config",
        "--image",
        `${layout}:one`,
        "--architecture",
        "arm64",
        "--os",
        "linux",
      ],
      ...["--config.label", "containers.bootc=1", "--config.cmd", "/sbin/init", "--author", "us"],
      ...["--config.env", "A=b", "--config.user", "1:2", "--config.workingdir", "/srv"],
      ...["--config.stopsignal", "SIGINT", "--created", "2026-01-02T03:04:05Z"],
    );
    const copy = join(folder, "copy");
    await run("skopeo", "copy", "--quiet", `oci:${layout}:one`, `oci:${copy}:two`);

    for (const [root, tag] of [[layout, "one"], [copy, "two"]] as const) {
      const blobs = join(root, "blobs");
      const index = parseIndex(await Deno.readFile(join(root, "index.json")));
      const descriptor = index.manifests[0];
      assert.equal(index.manifests.length, 1);
      assert.equal(descriptor?.annotations?.["org.opencontainers.image.ref.name"], tag);
      const bytes = await readBlob(blobs, descriptor.digest);
      assert.equal(bytes.length, descriptor.size);
      const manifest = parseManifest(bytes);
      assert.equal(manifest.config.mediaType, "application/vnd.oci.image.config.v1+json");
      const config = parseImageConfig(await readBlob(blobs, manifest.config.digest));

      const skopeo = JSON.parse(await run("skopeo", "inspect", "--config", `oci:${root}:${tag}`));
      assert.deepEqual(
        [config.architecture, config.os, config.created, config.author, config.config],
        [skopeo.architecture, skopeo.os, skopeo.created, skopeo.author, skopeo.config],
      );
      assert.deepEqual(config.config, {
        User: "1:2",
        Env: ["A=b"],
        Cmd: ["/sbin/init"],
        WorkingDir: "/srv",
        Labels: { "containers.bootc": "1" },
        StopSignal: "SIGINT",
      });
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

async function run(program: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args }).output();
  assert(success, `${program} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

/** The path of every member and element in a JSON value. */
function paths(value: unknown): string[][] {
  if (typeof value !== "object" || value === null) return [[]];
  return [
    [],
    ...Object.entries(value).flatMap(([key, child]) => paths(child).map((path) => [key, ...path])),
  ];
}

/** A copy of a JSON value with another value at a path. */
function replaced(value: unknown, path: readonly string[], replacement: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return replacement;
  if (Array.isArray(value)) {
    return value.map((child, index) =>
      String(index) === key ? replaced(child, rest, replacement) : child
    );
  }
  assert(typeof value === "object" && value !== null);
  return Object.fromEntries(
    Object.entries(value).map((
      [name, child],
    ) => [name, name === key ? replaced(child, rest, replacement) : child]),
  );
}
