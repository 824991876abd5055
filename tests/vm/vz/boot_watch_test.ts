import assert from "node:assert/strict";
import { BootWatch } from "../../../lib/vm/vz/boot_watch.ts";

Deno.test("BootWatch.push() tells a second boot from a second message of the first", async (t) => {
  const rows = [
    { name: "nothing", text: "", restarted: false },
    { name: "one boot", text: "initramfs 1.20 2.30\nuserspace 5.1 5.2\n", restarted: false },
    {
      name: "one boot that tells twice",
      text: "initramfs 1.20 2.30\ninitramfs 1.20 9.9\n",
      restarted: false,
    },
    {
      name: "two boots",
      text: "initramfs 1.20 2.30\nready\ninitramfs 1.21 2.30\n",
      restarted: true,
    },
    {
      name: "two boots, the line not ended",
      text: "initramfs 1.20 2.30\ninitramfs 1.21 2.30",
      restarted: false,
    },
    { name: "other words", text: "initramfs 1.20 2.30\ninitramfs-shell 1.3 2\n", restarted: false },
  ];
  for (const { name, text, restarted } of rows) {
    for (const size of [1, 5, 1000]) {
      await t.step(`${name}, ${size} bytes at a time`, () => {
        const watch = new BootWatch({ port: "control", line: /^initramfs (\S+) / });
        const bytes = new TextEncoder().encode(text);
        let told = false;
        for (let start = 0; start < bytes.length; start += size) {
          told = watch.push(bytes.slice(start, start + size)) || told;
        }
        assert.equal(told, restarted);
      });
    }
  }
});
