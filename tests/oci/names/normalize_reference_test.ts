import assert from "node:assert/strict";
import {
  formatReference,
  normalizeReference,
  parseReference,
  qualifyReference,
  shortenReference,
} from "../../../lib/oci/mod.ts";

const DIGEST = "sha256:" + "a".repeat(64);

Deno.test("normalizeReference() adds a tag and Docker's library, never a domain", () => {
  const rows: [text: string, normalized: string][] = [
    ["alpine", "alpine:latest"],
    ["foo/bar", "foo/bar:latest"],
    ["docker.io/alpine", "docker.io/library/alpine:latest"],
    ["registry-1.docker.io/alpine", "registry-1.docker.io/library/alpine:latest"],
    ["index.docker.io/alpine", "index.docker.io/alpine:latest"],
    ["docker.io/a/b:1", "docker.io/a/b:1"],
    [`docker.io/x@${DIGEST}`, `docker.io/library/x@${DIGEST}`],
    ["quay.io/x:UP", "quay.io/x:UP"],
  ];
  for (const [text, normalized] of rows) {
    assert.equal(formatReference(normalizeReference(parseReference(text))), normalized);
  }
});

Deno.test("qualifyReference() reads a name as Apple's command line does", () => {
  const rows: [text: string, full: string][] = [
    ["alpine", "docker.io/library/alpine:latest"],
    ["foo/bar", "docker.io/foo/bar:latest"],
    ["local/ubuntu-machine:latest", "docker.io/local/ubuntu-machine:latest"],
    ["quay.io/x/y:tag", "quay.io/x/y:tag"],
    [`name@${DIGEST}`, `docker.io/library/name@${DIGEST}`],
    ["localhost:5000/x", "localhost:5000/x:latest"],
    ["foo.bar", "docker.io/library/foo.bar:latest"],
  ];
  for (const [text, full] of rows) assert.equal(formatReference(qualifyReference(text)), full);
});

Deno.test("qualifyReference() refuses a name that is too long once it has a registry", () => {
  assert.equal(formatReference(parseReference("y".repeat(255))), "y".repeat(255));
  assert.throws(() => qualifyReference("y".repeat(255)), { code: "invalid-reference" });
});

Deno.test("shortenReference() drops the default registry and its library", () => {
  const rows: [full: string, short: string][] = [
    ["docker.io/library/alpine:3", "alpine:3"],
    [`docker.io/library/alpine@${DIGEST}`, `alpine@${DIGEST}`],
    ["docker.io/foo/bar:latest", "foo/bar:latest"],
    ["docker.io/library/a/b:1", "a/b:1"],
    ["quay.io/library/x:1", "quay.io/library/x:1"],
    ["registry-1.docker.io/library/x:1", "registry-1.docker.io/library/x:1"],
    ["local/edge:cases", "local/edge:cases"],
  ];
  for (const [full, short] of rows) {
    assert.equal(formatReference(shortenReference(parseReference(full))), short);
  }
});

Deno.test("shortenReference() keeps library/ on another default registry", () => {
  const full = parseReference("ghcr.io/library/x:1");
  assert.equal(formatReference(shortenReference(full, "ghcr.io")), "library/x:1");
});
