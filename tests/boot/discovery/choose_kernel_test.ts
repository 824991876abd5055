import assert from "node:assert/strict";
import { chooseKernel, type Discovery, type Kernel } from "../../../lib/boot/mod.ts";
import { hasCode } from "../../../lib/error/mod.ts";

function kernel(version: string, kind: Kernel["kind"] = "modules"): Kernel {
  return { kind, version, path: `/usr/lib/modules/${version}/vmlinuz` };
}

const DISCOVERY: Discovery = {
  kernels: [kernel("6.12.1-200"), kernel("6.12.0-100"), kernel("6.1.0-56"), kernel("6.1.0-5")],
  problems: [{
    kind: "no-initramfs",
    path: "/usr/lib/modules/5.10.0-1/vmlinuz",
    message: "has no initramfs: none",
  }],
};

Deno.test("chooseKernel() takes the best kernel if none is wanted", () => {
  assert.equal(chooseKernel(DISCOVERY), DISCOVERY.kernels[0]);
});

Deno.test("chooseKernel() takes the kernel that is wanted", () => {
  const rows = [
    ["6.12.0-100", "6.12.0-100"],
    ["6.12.0", "6.12.0-100"],
    ["6.1.0-5", "6.1.0-5"],
    ["6.1.0-56", "6.1.0-56"],
    ["/usr/lib/modules/6.1.0-5/vmlinuz", "6.1.0-5"],
    ["/lib/modules/6.1.0-5/vmlinuz", "6.1.0-5"],
  ] as const;
  for (const [wanted, version] of rows) {
    assert.equal(chooseKernel(DISCOVERY, wanted).version, version, wanted);
  }
});

Deno.test("chooseKernel() takes the best of several kernels with the version that is wanted", () => {
  const kernels = [kernel("6.1", "uki"), kernel("6.1", "boot")];
  assert.equal(chooseKernel({ kernels, problems: [] }, "6.1"), kernels[0]);
  assert.equal(chooseKernel({ kernels, problems: [] }, "6"), kernels[0]);
});

Deno.test("chooseKernel() says what there is when the wish cannot be met", () => {
  const rows = [
    ["6.12", "several versions begin so"],
    ["7", "the image has no such kernel"],
    ["", "the image has no such kernel"],
    ["5.10", "/usr/lib/modules/5.10.0-1/vmlinuz has no initramfs: none"],
    ["/boot/vmlinuz", "the image has no such kernel"],
  ] as const;
  for (const [wanted, why] of rows) {
    assert.throws(() => chooseKernel(DISCOVERY, wanted), (error) => {
      assert.ok(hasCode(error, "no-such-kernel"));
      assert.equal(
        error.message,
        [
          `Cannot choose the kernel "${wanted}": ${why}. The image has:`,
          "  6.12.1-200 (/usr/lib/modules/6.12.1-200/vmlinuz)",
          "  6.12.0-100 (/usr/lib/modules/6.12.0-100/vmlinuz)",
          "  6.1.0-56 (/usr/lib/modules/6.1.0-56/vmlinuz)",
          "  6.1.0-5 (/usr/lib/modules/6.1.0-5/vmlinuz)",
        ].join("\n"),
      );
      return true;
    });
  }
});

Deno.test("chooseKernel() says where it looked when there is no kernel", () => {
  assert.throws(() => chooseKernel({ kernels: [], problems: [] }), (error) => {
    assert.ok(hasCode(error, "no-kernel"));
    assert.match(
      error.message,
      /^Cannot find a kernel in the image\. Looked for:\n {2}\/boot\/EFI/,
    );
    assert.doesNotMatch(error.message, /Found instead/);
    assert.deepEqual(error.data.withoutInitramfs, []);
    return true;
  });
});

Deno.test("chooseKernel() names the kernel that has no initramfs, and keeps its path", () => {
  assert.throws(() => chooseKernel({ ...DISCOVERY, kernels: [] }), (error) => {
    assert.ok(hasCode(error, "no-kernel"));
    assert.match(
      error.message,
      /\nFound instead:\n {2}\/usr\/lib\/modules\/5\.10\.0-1\/vmlinuz has no initramfs: none$/,
    );
    assert.deepEqual(error.data.withoutInitramfs, ["/usr/lib/modules/5.10.0-1/vmlinuz"]);
    return true;
  });
});
