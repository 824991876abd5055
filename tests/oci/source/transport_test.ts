import assert from "node:assert/strict";
import { hasCode, openTransport, parseTransport, type Transport } from "../../../lib/oci/mod.ts";

const ROWS: readonly (readonly [text: string, expected: Transport | undefined])[] = [
  ["oci:dir", { kind: "oci", path: "dir" }],
  ["oci:/a/b:latest", { kind: "oci", path: "/a/b", image: { name: "latest" } }],
  ["oci:dir:", { kind: "oci", path: "dir" }],
  ["oci:dir:quay.io/x/y:1", { kind: "oci", path: "dir", image: { name: "quay.io/x/y:1" } }],
  ["oci:dir:@2", { kind: "oci", path: "dir", image: { position: 2 } }],
  ["oci:dir:sha256:ab", { kind: "oci", path: "dir", image: { name: "sha256:ab" } }],
  ["oci:dir:@sha256:ab", { kind: "oci", path: "dir", image: { name: "sha256:ab" } }],
  ["oci-archive:a.tar", { kind: "oci-archive", path: "a.tar" }],
  ["oci-archive:a.tar:x", { kind: "oci-archive", path: "a.tar", image: { name: "x" } }],
  ["docker-archive:d.tar", { kind: "docker-archive", path: "d.tar" }],
  ["docker-archive:d.tar:x:1", { kind: "docker-archive", path: "d.tar", image: { name: "x:1" } }],
  ["docker-archive:d.tar:@0", { kind: "docker-archive", path: "d.tar", image: { position: 0 } }],
  ["containers-storage:localhost/x:1", { kind: "containers-storage", reference: "localhost/x:1" }],
  [
    "containers-storage:[overlay@/r+/run]x",
    { kind: "containers-storage", reference: "[overlay@/r+/run]x" },
  ],
  ["docker-daemon:x:latest", { kind: "docker-daemon", reference: "x:latest" }],
  ["docker://quay.io/x", { kind: "docker", reference: "quay.io/x" }],
  // Images of Docker's registry, among them one that is called as a transport is.
  ["docker:dind", undefined],
  ["alpine:3", undefined],
  ["alpine", undefined],
  ["localhost:5000/x", undefined],
  ["./oci:dir", undefined],
];

Deno.test("parseTransport() reads what skopeo reads", () => {
  for (const [text, expected] of ROWS) assert.deepEqual(parseTransport(text), expected, text);
});

Deno.test("parseTransport() names what it cannot read", () => {
  const known = "snapvm reads `oci:`, `oci-archive:`, `docker-archive:`, `containers-storage:`, " +
    "`docker-daemon:` and `docker://`, and not";
  const rows = [
    ["dir:/x", `${known} \`dir:\``],
    ["ostree:x@/repo", `${known} \`ostree:\``],
    ["sif:x", `${known} \`sif:\``],
    ["oci:", "it has no path"],
    ["oci::x", "it has no path"],
    ["docker-archive:", "it has no path"],
    ["docker-daemon:", "it names no image"],
    ["docker://", "it names no image"],
    ["oci:dir:@x", "behind `@` is a number, from 0"],
  ] as const;
  for (const [text, reason] of rows) {
    assert.throws(() => parseTransport(text), (error) => {
      assert(hasCode(error, "invalid-transport"));
      assert.equal(error.message, `Cannot read the image ${JSON.stringify(text)}: ${reason}`);
      assert.deepEqual(error.data, { text });
      return true;
    });
  }
});

Deno.test("openTransport() does not open what is in a registry, or no transport", async () => {
  const rows = [
    ["docker://quay.io/x", "it is in a registry"],
    ["quay.io/x", "it does not begin with a transport"],
  ] as const;
  for (const [text, reason] of rows) {
    await assert.rejects(openTransport(text), (error) => {
      assert(hasCode(error, "invalid-transport"));
      assert.equal(error.message, `Cannot read the image ${JSON.stringify(text)}: ${reason}`);
      return true;
    });
  }
});
