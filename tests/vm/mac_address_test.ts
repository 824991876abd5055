import assert from "node:assert/strict";
import { macAddress } from "../../lib/vm/mac_address.ts";

Deno.test("macAddress() gives a name its own address: local, unicast, and always the same", async () => {
  const names = Array.from({ length: 1000 }, (_, index) => `card ${index}`);
  const addresses = await Promise.all(names.map(macAddress));
  for (const address of addresses) assert.match(address, /^[0-9a-f][26ae](:[0-9a-f]{2}){5}$/);
  assert.equal(new Set(addresses).size, names.length);
  assert.deepEqual(await Promise.all(names.map(macAddress)), addresses);
});
