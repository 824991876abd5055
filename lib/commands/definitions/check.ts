import { defineCommand } from "../command_line/command.ts";
import { paragraphs } from "../paragraphs.ts";
import { IMAGE } from "./operands.ts";
import { debugOption, jsonOption, platformOption, storeOption } from "./shared_options.ts";

/** `snapvm check`. */
export const checkCommand = defineCommand({
  name: "check",
  summary: "is the snapshot what its layers say?",
  description: paragraphs(`
Compares an image's snapshot with the image's layers, name by name, and lists what is lost (in the layers, and not in
the snapshot), dead (a name that leads to nothing readable), doubled (a name twice in a folder), unattached (an inode
without a name), different (type, mode, owner, time, target, device, attributes, size, content, links) and extra.

If the layers are not in the store, or IMAGE is a file, it finds only what the snapshot's tree says against itself:
dead, doubled and unattached things, ACLs that the kernel cannot read, and wrong link counts.

Exit status: 0 if the snapshot is what its layers say, 1 if something was found or it cannot be checked, 3 if nothing
was found without the layers.

--json prints an object: image, reference, store, manifest, platform, snapshot, layers, uncompared, entries,
inexactTimes, omitted, and findings, each with kind, path, pathBytes, inode, aspect, expected and found.
`),
  operands: [IMAGE],
  options: {
    json: jsonOption,
    platform: platformOption,
    store: storeOption,
    debug: debugOption,
  },
  load: async () =>
    (await import(import.meta.resolve("../check.ts")) as typeof import("../check.ts")).check,
});
