import assert from "node:assert/strict";
import { fromPlist, toDer, toPlist } from "../../lib/entitlement/entitlements.ts";

const VIRTUALIZATION = { "com.apple.security.virtualization": true };

Deno.test("toPlist() writes the file that codesign is given", async () => {
  const file = await Deno.readTextFile(new URL("../../ffi/vz.entitlements", import.meta.url));
  assert.equal(toPlist(VIRTUALIZATION), file);
});

Deno.test("fromPlist() reads what is true or false, however it is written", () => {
  assert.deepEqual(
    fromPlist(
      "<dict><key>a</key><true/>\n<key>b</key>\n\t<false />" +
        "<key>c</key><array><string>x</string></array><key>d</key><string>y</string></dict>",
    ),
    { a: true, b: false },
  );
  assert.deepEqual(fromPlist(toPlist(VIRTUALIZATION)), VIRTUALIZATION);
});

Deno.test("toDer() writes lengths beyond 127 bytes in their long form", () => {
  const names = Array.from({ length: 9 }, (_, index) => `com.apple.security.entitlement${index}`);
  const der = toDer(Object.fromEntries(names.map((name) => [name, true])));
  const content = der.length - 4;
  assert.deepEqual([...der.subarray(0, 4)], [0x70, 0x82, content >> 8, content & 0xff]);
});
