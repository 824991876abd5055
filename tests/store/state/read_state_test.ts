import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { hasCode } from "../../../lib/error/mod.ts";
import { MalformedJson } from "../../../lib/oci/mod.ts";
import { parseState, readState } from "../../../lib/store/state/read_state.ts";
import { run, withFolder } from "../support/test_store.ts";

const DIGEST = "sha256:" + "0".repeat(64);
const STATE = {
  "docker.io/library/alpine:3.22": { mediaType: "application/x", digest: DIGEST, size: 9218 },
  ["__proto__"]: { mediaType: "application/x", digest: DIGEST, size: 0 },
};
const encode = (text: string) => new TextEncoder().encode(text);
const written = encode(JSON.stringify(STATE).replaceAll("/", "\\/"));

Deno.test("parseState() reads the references as Swift writes them", () => {
  assert.deepEqual([...parseState(written, "state.json")], Object.entries(STATE));
  assert.deepEqual(parseState(encode("{}"), "state.json"), new Map());
});

Deno.test("parseState() keeps damaged entries from spoiling others", () => {
  const damaged = { ...STATE, "a:1": { digest: 7 }, "b:1": null, "c:1": [] };
  const state = parseState(encode(JSON.stringify(damaged)), "state.json");
  assert.equal(state.size, 5);
  for (const key of ["a:1", "b:1", "c:1"]) assert(state.get(key) instanceof MalformedJson);
  assert.equal(state.get("docker.io/library/alpine:3.22") instanceof MalformedJson, false);
});

Deno.test("parseState() refuses a file cut at any length, and what is not a JSON object", () => {
  for (let length = 0; length < written.length; length++) {
    assert.throws(() => parseState(written.subarray(0, length), "state.json"), {
      code: "store-unreadable",
    });
  }
  const rows = ["7", "null", "[]", '"x"', "[".repeat(1_000_000), "\xff".repeat(10), "{}{}"];
  for (const text of rows) {
    assert.throws(() => parseState(encode(text), "state.json"), { code: "store-unreadable" });
  }
  assert.throws(() => parseState(new Uint8Array([0xff]), "state.json"), {
    code: "store-unreadable",
  });
});

Deno.test("parseState() ends with a state or a store-unreadable error, whatever bytes are changed", () => {
  const change = fc.tuple(fc.nat(written.length - 1), fc.nat(255));
  const changes = fc.array(change, { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(changes, (changes) => {
      const bytes = written.slice();
      for (const [offset, value] of changes) bytes[offset] = value;
      try {
        parseState(bytes, "state.json");
      } catch (error) {
        assert(hasCode(error, "store-unreadable"));
      }
    }),
    { seed: 1, numRuns: 2500 },
  );
});

Deno.test("parseState() ends with a state or a store-unreadable error, whatever the JSON", () => {
  fc.assert(fc.property(fc.json(), (text) => {
    try {
      parseState(encode(text), "state.json");
    } catch (error) {
      assert(hasCode(error, "store-unreadable"));
    }
  }));
});

Deno.test("readState() reads no images without the file", () =>
  withFolder(async (folder) => {
    assert.deepEqual(await readState(folder), new Map());
    assert.deepEqual(await readState(join(folder, "missing")), new Map());
  }));

Deno.test("readState() waits for a file that is being written", () =>
  withFolder(async (folder) => {
    const path = join(folder, "state.json");
    for (const length of [0, 1, 100, written.length - 1]) {
      await Deno.writeFile(path, written.subarray(0, length));
      const state = readState(folder);
      setTimeout(() => Deno.writeFileSync(path, written), 20);
      assert.equal((await state).size, 2);
    }
  }));

Deno.test("readState() gives up on a file that stays torn", () =>
  withFolder(async (folder) => {
    await Deno.writeFile(join(folder, "state.json"), written.subarray(0, 100));
    await assert.rejects(readState(folder), (error) => {
      assert(hasCode(error, "store-unreadable"));
      assert(error.cause instanceof SyntaxError);
      assert.deepEqual(error.data, { path: join(folder, "state.json") });
      return true;
    });
  }));

Deno.test("readState() reads neither a huge file nor something else than a file", () =>
  withFolder(async (folder) => {
    const path = join(folder, "state.json");
    const file = await Deno.create(path);
    await file.truncate(1024 ** 4);
    file.close();
    await assert.rejects(readState(folder), { code: "store-unreadable", data: { path } });
    await Deno.remove(path);
    await Deno.mkdir(path);
    await assert.rejects(readState(folder), { code: "store-unreadable", data: { path } });
    await Deno.remove(path);
    await run("mkfifo", path);
    await assert.rejects(readState(folder), { code: "store-unreadable", data: { path } });
  }));
