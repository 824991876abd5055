import assert from "node:assert/strict";
import { startFailure } from "../../../lib/vm/qemu/start_failure.ts";

Deno.test("startFailure() repeats what QEMU said, and knows what helps", async (t) => {
  const rows = [
    {
      name: "no user mode network, QEMU 8 and newer",
      stderr: "qemu-system-x86_64: -netdev user,id=network: network backend 'user' is not " +
        "compiled into this binary",
      advice: /^This QEMU was built without user mode networking/,
    },
    {
      name: "no user mode network, QEMU 7",
      stderr: "qemu-system-x86_64: -netdev user,id=network: Parameter 'type' expects a netdev " +
        "backend type",
      advice: /^This QEMU was built without user mode networking/,
    },
    {
      name: "no memory",
      stderr: "qemu-system-x86_64: cannot set up guest memory 'pc.ram': Cannot allocate memory",
      advice: /--memory 1G/,
    },
    {
      name: "no KVM",
      stderr: "Could not access KVM kernel module: Permission denied",
      advice: /--accel tcg/,
    },
    {
      name: "a source that is being written",
      stderr: 'qemu-system-x86_64: -blockdev {}: Failed to get shared "write" lock',
      advice: /^Another program is writing to the image/,
    },
    { name: "anything else", stderr: "qemu-system-x86_64: no", advice: /^$/ },
  ];
  for (const { name, stderr, advice } of rows) {
    await t.step(name, () => {
      const error = startFailure("/usr/bin/qemu-system-x86_64", { status: 1, stderr });
      assert.equal(error.message, `Cannot start qemu-system-x86_64: ${stderr}`);
      assert.match(error.advice, advice);
    });
  }
  await t.step("silence", () => {
    const { message } = startFailure("/usr/bin/qemu", { status: 134, stderr: "" });
    assert.equal(message, "Cannot start qemu: it was ended by signal 6");
  });
});
