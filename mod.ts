/**
 * snapvm boots a container image as the operating system that it is. This is the library behind the command: from an
 * image's name to a running machine.
 *
 * ```ts
 * import { Ext4, findKernels } from "@x/snapvm";
 * import assert from "node:assert/strict";
 *
 * using root = await Ext4.open("tests/fixtures/tiny.ext4");
 * const { kernels } = await findKernels(root);
 * assert.deepEqual(kernels, []);
 * ```
 *
 * @module
 */
export * from "./lib/ext4/mod.ts";
export * from "./lib/oci/mod.ts";
export * from "./lib/store/mod.ts";
export * from "./lib/boot/mod.ts";
export * from "./lib/guest/mod.ts";
export * from "./lib/vm/mod.ts";
