import { defineCommand } from "../command_line/command.ts";
import { flag } from "../command_line/option.ts";
import { paragraphs } from "../paragraphs.ts";
import { debugOption, jsonOption, storeOption } from "./shared_options.ts";

/** `snapvm images`. */
export const imagesCommand = defineCommand({
  name: "images",
  summary: "list the images in the stores, and which can boot",
  description: paragraphs(`
Lists the images in the stores: for each platform the size on disk, the kernel, and
whether it can boot, or why not. Platforms that an image has in its registry, but was
not pulled for, are shown with --all.

--json prints an array of objects: reference, name, platform, digest (of the manifest),
index, store, snapshot, size and allocated (bytes), status, kernel, bootable, problems.
`),
  operands: [],
  options: {
    all: flag({ brief: "show the platforms that were never pulled, too", short: "a" }),
    json: jsonOption,
    store: storeOption,
    debug: debugOption,
  },
  load: async () =>
    (await import(import.meta.resolve("../images.ts")) as typeof import("../images.ts")).images,
});
