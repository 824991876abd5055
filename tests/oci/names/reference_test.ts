import assert from "node:assert/strict";
import fc from "fast-check";
import { hasCode } from "../../../lib/error/mod.ts";
import {
  formatReference,
  normalizeReference,
  parseReference,
  type Reference,
} from "../../../lib/oci/mod.ts";
import { appleNames } from "../support/apple_names.ts";

const HEX = "0123456789abcdef".repeat(4);

Deno.test("parseReference() finds the parts of a reference", () => {
  const rows: [text: string, reference: Reference][] = [
    ["alpine", { path: "alpine" }],
    ["alpine:3.22", { path: "alpine", tag: "3.22" }],
    ["foo.bar", { path: "foo.bar" }],
    ["foo.bar:80", { path: "foo.bar", tag: "80" }],
    ["foo.bar/baz", { domain: "foo.bar", path: "baz" }],
    ["foo/baz:5000", { path: "foo/baz", tag: "5000" }],
    ["my-registry/x", { path: "my-registry/x" }],
    ["EXAMPLE.com/x", { domain: "EXAMPLE.com", path: "x" }],
    ["localhost/x", { domain: "localhost", path: "x" }],
    ["localhosted/x", { domain: "localhosted", path: "x" }],
    ["localhost:5000/a/b/c:t", { domain: "localhost:5000", path: "a/b/c", tag: "t" }],
    ["host.local:99999/x", { domain: "host.local:99999", path: "x" }],
    ["[::1]:5000/x", { domain: "[::1]:5000", path: "x" }],
    ["/docker.io/x", { domain: "docker.io", path: "x" }],
    ["ghcr.io/a__b/c-d/e.f/g_h", { domain: "ghcr.io", path: "a__b/c-d/e.f/g_h" }],
    [`alpine@sha256:${HEX}`, { path: "alpine", digest: `sha256:${HEX}` }],
    [`alpine:tag@sha256:${HEX}`, { path: "alpine", digest: `sha256:${HEX}` }],
    [`sha256:${HEX}`, { path: "sha256", tag: HEX }],
    [HEX.slice(1), { path: HEX.slice(1) }],
    [HEX.replace("0", "g"), { path: HEX.replace("0", "g") }],
    ["x:ü", { path: "x", tag: "ü" }],
    [`x:${"t".repeat(128)}`, { path: "x", tag: "t".repeat(128) }],
    ["y".repeat(255), { path: "y".repeat(255) }],
    [`${"y".repeat(255)}:${"t".repeat(128)}`, { path: "y".repeat(255), tag: "t".repeat(128) }],
    // Characters are counted as a reader sees them: a letter and its combining mark are one.
    [`${"y".repeat(255)}:${"e\u0301".repeat(56)}@sha256:${HEX}`, {
      path: "y".repeat(255),
      digest: `sha256:${HEX}`,
    }],
  ];
  for (const [text, reference] of rows) assert.deepEqual(parseReference(text), reference, text);
});

Deno.test("parseReference() refuses what is not a reference", () => {
  const rows = [
    "",
    " ",
    "alpine ",
    "alpine\n",
    "/alpine",
    "alpine/",
    "alpine:",
    "alpine@",
    "Alpine",
    "über/x",
    "docker.io/",
    "docker.io//x",
    "localhost",
    "localhosted",
    "localhost/",
    "host:port/x",
    "example.com./x",
    "-example.com/x",
    "ex_ample.com/x",
    "ghcr.io/a___b",
    "ghcr.io/a..b",
    "ghcr.io/a--b",
    "ghcr.io/-a",
    "ghcr.io/a-/c",
    "ghcr.io/a//c",
    "alpine:.x",
    "alpine:-x",
    `alpine:${"t".repeat(129)}`,
    `alpine@sha256:${HEX.slice(1)}`,
    `alpine@sha512:${HEX}${HEX}`,
    HEX,
    "y".repeat(256),
    `x.y/${"y".repeat(252)}`,
    `${"y".repeat(200)}:${"t".repeat(128)}@sha256:${HEX}`,
    // Bad for a parser that tries every way to divide a path.
    `${"a".repeat(250)}!`,
    "a".repeat(10_000_000),
  ];
  for (const text of rows) {
    assert.throws(() => parseReference(text), { code: "invalid-reference" }, text.slice(0, 80));
  }
});

Deno.test("parseReference() shows a text from outside shortened and without control characters in its error", () => {
  assert.throws(() => parseReference("\x1b[2J" + "x".repeat(1000)), (error) => {
    assert(hasCode(error, "invalid-reference"));
    assert.equal(error.message.includes("\x1b"), false);
    assert(error.message.length < 250);
    return true;
  });
});

Deno.test("parseReference() says what Apple's parser says", () => {
  for (const row of appleNames?.references ?? []) {
    if (row.error) {
      assert.throws(() => parseReference(row.input), { code: "invalid-reference" }, row.input);
      continue;
    }
    const reference = parseReference(row.input);
    assert.deepEqual(
      [reference.domain, reference.path, reference.tag, reference.digest].map((part) =>
        part ?? null
      ),
      [row.domain, row.path, row.tag, row.digest],
      row.input,
    );
    assert.equal(formatReference(reference), row.description);
    assert.equal(formatReference(normalizeReference(reference)), row.normalized);
  }
});

Deno.test("formatReference() prints what parseReference() parses to the same reference", () => {
  const component = fc.stringMatching(/^[a-z0-9]{1,8}([._-][a-z0-9]{1,8}){0,2}$/);
  const references = fc.record({
    domain: fc.constantFrom("docker.io", "localhost", "localhost:5000", "[fe80::1]:80", "x.y.z"),
    path: fc.array(component, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/")),
    tag: fc.stringMatching(/^[\w][\w.-]{0,20}$/),
    digest: fc.stringMatching(/^[0-9a-f]{64}$/).map((hex) => `sha256:${hex}`),
  }, { requiredKeys: ["domain", "path"] });
  fc.assert(fc.property(references, ({ domain, path, tag, digest }) => {
    const reference = {
      domain,
      path,
      ...(digest !== undefined ? { digest } : tag !== undefined ? { tag } : {}),
    };
    assert.deepEqual(parseReference(formatReference(reference)), reference);
  }));
});

Deno.test("parseReference() ends with a reference or an invalid-reference error, whatever the text", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 500 }), (text) => {
    try {
      const reference = parseReference(text);
      assert.deepEqual(parseReference(formatReference(reference)), reference);
    } catch (error) {
      assert(hasCode(error, "invalid-reference"));
    }
  }));
});
