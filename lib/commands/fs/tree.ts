import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { ExitStatus } from "../../ui/mod.ts";
import { debugOption, jsonOption, parseCount, platformOption, storeOption } from "../options.ts";
import { OutputBuffer } from "../output_buffer.ts";
import { paragraphs } from "../paragraphs.ts";
import { warnOfDeadName } from "./dead_name.ts";
import { typeOf } from "./entry.ts";
import { openImagePath } from "./open_image_path.ts";
import { sortedTree } from "./sorted_tree.ts";
import { TreeDrawing } from "./tree_drawing.ts";
import { TreeJson } from "./tree_json.ts";
import { withEnd } from "./with_end.ts";

const DESCRIPTION = paragraphs(`
Draws a folder of an image with all that is below it, sorted by name. What cannot be read is named on standard error,
and the exit status is then 1.

--json prints objects inside each other: name and type; contents, an array, for a folder that is gone into; target for
a symlink; nameBytes (base64) where the name is not UTF-8; only name and error where an entry is broken. fs ls -R --json
has more of each, in one flat array.
`);

/** `snapvm fs tree`. */
export function treeCommand(): CommandUnknownOpts {
  return new Command("tree")
    .summary("draw a folder with all that is below it")
    .description(DESCRIPTION)
    .argument("<image:/path>", "the image, and the path inside it")
    .option("-L, --level <depth>", "go down this many levels", parseCount)
    .addOption(jsonOption())
    .addOption(platformOption())
    .addOption(storeOption())
    .addOption(debugOption())
    .action(async (operand, options) => {
      using opened = await openImagePath(operand, options);
      const { root, path } = opened;
      const start = await root.stat(path);
      using output = new OutputBuffer();
      const tree = options.json
        ? new TreeJson(output, path, typeOf(start))
        : new TreeDrawing(output, path);
      const branches = start.isDirectory
        ? sortedTree(root, path, start, options.level ?? Infinity)
        : [];
      await withEnd(async () => {
        for await (const branch of branches) {
          tree.add(branch);
          const { entry, folder, error } = branch;
          if (error === undefined) continue;
          warnOfDeadName({ path: `${folder}/${entry.name}`, error });
          Deno.exitCode = ExitStatus.failure;
        }
      }, () => tree.end());
    });
}
