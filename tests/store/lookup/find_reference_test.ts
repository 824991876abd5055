import assert from "node:assert/strict";
import { type Descriptor, MalformedJson } from "../../../lib/oci/mod.ts";
import { findReference, similarReferences } from "../../../lib/store/lookup/find_reference.ts";

const descriptor = (name?: string): Descriptor => ({
  mediaType: "application/vnd.oci.image.index.v1+json",
  digest: "sha256:" + "0".repeat(64),
  size: 1,
  ...(name === undefined ? {} : { annotations: { "com.apple.containerization.image.name": name } }),
});

const DIGEST = "sha256:" + "a".repeat(64);

Deno.test("findReference() looks a name up as Apple's command line does", () => {
  const plain = descriptor();
  const rows: [keys: [key: string, builtAs?: string][], text: string, found: string | undefined][] =
    [
      [[["docker.io/library/alpine:latest"]], "alpine", "docker.io/library/alpine:latest"],
      [[["docker.io/library/alpine:latest"]], "library/alpine", "docker.io/library/alpine:latest"],
      [
        [["docker.io/library/alpine:latest"]],
        "docker.io/alpine",
        "docker.io/library/alpine:latest",
      ],
      [[["docker.io/library/alpine:latest"]], "alpine:3", undefined],
      [[["docker.io/library/alpine:latest"]], "registry-1.docker.io/alpine", undefined],
      [[["docker.io/foo/bar:latest"]], "foo/bar", "docker.io/foo/bar:latest"],
      [[["quay.io/x/y:tag"]], "quay.io/x/y:tag", "quay.io/x/y:tag"],
      [[["localhost:5000/x:latest"]], "localhost:5000/x", "localhost:5000/x:latest"],
      [[[`docker.io/library/x@${DIGEST}`]], `x@${DIGEST}`, `docker.io/library/x@${DIGEST}`],
      // A tag is dropped if there is a digest.
      [[[`docker.io/library/x@${DIGEST}`]], `x:1@${DIGEST}`, `docker.io/library/x@${DIGEST}`],
      // The key as it is, reference or not.
      [[["Not A Reference"]], "Not A Reference", "Not A Reference"],
      [[[`untagged@${DIGEST}`]], `untagged@${DIGEST}`, `untagged@${DIGEST}`],
      // Built here: a key without a registry.
      [[["foo:latest"]], "foo", "foo:latest"],
      [[["foo:latest"], ["docker.io/library/foo:latest"]], "foo", "foo:latest"],
      // Built here: found by its annotation, whatever the key, before anything else.
      [[["docker.io/library/foo:latest"], ["other:1", "foo:latest"]], "foo", "other:1"],
      [[["a:1", "foo:latest"], ["foo:latest", "foo:latest"]], "foo", "foo:latest"],
      // Several of that name and none under it as a key: the annotation decides nothing.
      [
        [["a:1", "foo:latest"], ["b:1", "foo:latest"], ["docker.io/library/foo:latest"]],
        "foo",
        "docker.io/library/foo:latest",
      ],
      [[["a:1", "foo:latest"], ["b:1", "foo:latest"]], "foo", undefined],
      // The annotation is compared without a registry added.
      [[["a:1", "docker.io/library/foo:latest"]], "foo", undefined],
      [[["a:1", "docker.io/library/foo:latest"]], "docker.io/foo", "a:1"],
      [[], "foo", undefined],
      [[["constructor:latest"]], "toString", undefined],
    ];
  for (const [keys, text, found] of rows) {
    const state = new Map(
      keys.map(([key, builtAs]) => [key, builtAs === undefined ? plain : descriptor(builtAs)]),
    );
    assert.equal(findReference(state, text), found, `${text} in ${JSON.stringify(keys)}`);
  }
});

Deno.test("findReference() finds a damaged entry by its key", () => {
  const state = new Map([
    ["docker.io/library/foo:latest", new MalformedJson("entry", "", "is bad")],
  ]);
  assert.equal(findReference(state, "foo"), "docker.io/library/foo:latest");
});

Deno.test("similarReferences() finds the same image under another tag, folder or registry", () => {
  const keys = ["quay.io/a/foo:2", "docker.io/library/foo:1", "foo-bar:1", "Not A Reference"];
  assert.deepEqual(similarReferences(keys, "foo"), ["docker.io/library/foo:1", "quay.io/a/foo:2"]);
  assert.deepEqual(similarReferences(keys, "Not A Reference"), []);
});
