import assert from "node:assert/strict";
import { hasCode } from "../../../lib/error/mod.ts";
import { decodeFields, encodeFields, fieldOf, type Fields } from "../../../lib/guest/mod.ts";

const FIELDS: Fields = [["command"], ["argument", "a=b"], ["argument", ""], ["folder", "/ä\n"]];

Deno.test("fields are strings that end with NUL, and come back", () => {
  const bytes = encodeFields(FIELDS);
  assert.equal(
    new TextDecoder().decode(bytes),
    "command\0argument=a=b\0argument=\0folder=/ä\n\0",
  );
  assert.deepEqual(decodeFields(bytes), FIELDS);
  assert.deepEqual(decodeFields(new Uint8Array(0)), []);
  assert.equal(fieldOf(FIELDS, "argument"), "a=b");
  assert.equal(fieldOf(FIELDS, "user"), undefined);
});

Deno.test("fields without an end are none", () => {
  assert.equal(decodeFields(new TextEncoder().encode("a\0b")), undefined);
});

Deno.test("what cannot be sent is refused before it is", () => {
  const rows: [fields: Fields, errno: string][] = [
    [[["command"], ["argument", "a\0b"]], "EINVAL"],
    [[["command"], ["argument", "x".repeat(2 ** 21)]], "E2BIG"],
  ];
  for (const [fields, errno] of rows) {
    assert.throws(
      () => encodeFields(fields),
      (error) => hasCode(error, "guest-refused") && error.data.errno === errno,
    );
  }
});
