import { type CommandGroup, defineCommand } from "../command_line/command.ts";
import { flag } from "../command_line/option.ts";
import { paragraphs } from "../paragraphs.ts";
import { STORED_IMAGE } from "./operands.ts";
import { debugOption, jsonOption, platformOption, storeOption } from "./shared_options.ts";

/** `snapvm tag`. */
export const tagCommand = defineCommand({
  name: "tag",
  summary: "give an image one more name",
  description: paragraphs(`
Gives an image of snapvm's own store one more reference. One that another image has is taken from it.
`),
  operands: [STORED_IMAGE, { name: "REF", brief: "the new reference" }],
  options: { debug: debugOption },
  load: async () =>
    (await import(import.meta.resolve("../tag.ts")) as typeof import("../tag.ts")).tag,
});

/** `snapvm rm-image`. */
export const rmImageCommand = defineCommand({
  name: "rm-image",
  summary: "remove images from snapvm's own store",
  description: paragraphs(`
Removes references from snapvm's own store, and prints them. The space comes back with snapvm prune, when nothing else
needs what they led to. Images of Apple's container are removed by container image delete.
`),
  operands: [{ ...STORED_IMAGE, repeats: true }],
  options: { debug: debugOption },
  load: async () =>
    (await import(import.meta.resolve("../rm_image.ts")) as typeof import("../rm_image.ts"))
      .rmImage,
});

/** `snapvm prune`. */
export const pruneCommand = defineCommand({
  name: "prune",
  summary: "remove what no image needs from snapvm's own store",
  description: paragraphs(`
Removes what no reference leads to from snapvm's own store: layers, snapshots, and what interrupted downloads have left.
What a running machine uses stays.

--json prints an object: removed, an array of objects (kind, digest, path, size in bytes), and size, their sum.
`),
  operands: [],
  options: {
    dryRun: flag({ brief: "only say what would be removed" }),
    json: jsonOption,
    debug: debugOption,
  },
  load: async () =>
    (await import(import.meta.resolve("../prune.ts")) as typeof import("../prune.ts")).prune,
});

/** `snapvm save`. */
export const saveCommand = defineCommand({
  name: "save",
  summary: "write an image into an OCI archive",
  description: paragraphs(`
Writes one platform of an image into a tar archive in OCI's layout, for podman load, skopeo copy oci-archive:FILE and
others. FILE appears when it is complete; - is standard output.
`),
  operands: [
    STORED_IMAGE,
    { name: "FILE", brief: "the archive, or -", complete: "file" },
  ],
  options: { platform: platformOption, store: storeOption, debug: debugOption },
  load: async () =>
    (await import(import.meta.resolve("../save.ts")) as typeof import("../save.ts")).save,
});

const storeCheckCommand = defineCommand({
  name: "check",
  summary: "verify everything in snapvm's own store",
  description: paragraphs(`
Reads everything in snapvm's own store, and says what is damaged, half made or not needed. The exit status is 1 if
something is damaged, and was not repaired.

--repair removes what is damaged or half made, so that pull or unpack makes it again.

--json prints an object: store, references, blobs, snapshots (their numbers), size (of the blobs, in bytes), isWhole,
and findings: kind, isDamage, path, digest, references, message, size, isRepaired.
`),
  operands: [],
  options: {
    repair: flag({ brief: "remove what is damaged or half made" }),
    json: jsonOption,
    debug: debugOption,
  },
  load: async () =>
    (await import(import.meta.resolve("../store_check.ts")) as typeof import("../store_check.ts"))
      .storeCheck,
});

/** `snapvm store`: snapvm's own store as a whole. */
export const storeGroup: CommandGroup = {
  name: "store",
  summary: "look after snapvm's own store: check",
  description: "Looks after snapvm's own store as a whole.",
  usage: "COMMAND",
  options: {},
  commands: [storeCheckCommand],
};
