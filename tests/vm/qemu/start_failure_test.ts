import assert from "node:assert/strict";
import { startFailure } from "../../../lib/vm/qemu/start_failure.ts";

Deno.test("startFailure() repeats what QEMU said, and knows what it means", async (t) => {
  const rows = [
    {
      name: "no user mode network, QEMU 8 and newer",
      stderr: "qemu-system-x86_64: -netdev user,id=network: network backend 'user' is not " +
        "compiled into this binary",
      reason: "no-user-network",
    },
    {
      name: "no user mode network, QEMU 7",
      stderr: "qemu-system-x86_64: -netdev user,id=network: Parameter 'type' expects a netdev " +
        "backend type",
      reason: "no-user-network",
    },
    {
      name: "no memory",
      stderr: "qemu-system-x86_64: cannot set up guest memory 'pc.ram': Cannot allocate memory",
      reason: "no-memory",
    },
    {
      name: "no KVM",
      stderr: "Could not access KVM kernel module: Permission denied",
      reason: "no-kvm",
    },
    {
      name: "a source that is being written",
      stderr: 'qemu-system-x86_64: -blockdev {}: Failed to get shared "write" lock',
      reason: "image-in-use",
    },
    { name: "anything else", stderr: "qemu-system-x86_64: no", reason: undefined },
  ];
  for (const { name, stderr, reason } of rows) {
    await t.step(name, () => {
      const error = startFailure("/usr/bin/qemu-system-x86_64", { status: 1, stderr });
      assert.equal(error.message, `Cannot start qemu-system-x86_64: ${stderr}`);
      assert.equal(error.code, "machine-start-failed");
      assert.equal(error.data.reason, reason);
    });
  }
  await t.step("silence", () => {
    const { message } = startFailure("/usr/bin/qemu", { status: 134, stderr: "" });
    assert.equal(message, "Cannot start qemu: it was ended by signal 6");
  });
});
