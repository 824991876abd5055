import type { ImageCommandOptions } from "../image_command_options.ts";
import { ExitStatus } from "../../ui/mod.ts";
import { OutputBuffer } from "../output_buffer.ts";
import { warnUnreadable } from "./warn_unreadable.ts";
import { typeOf } from "./entry.ts";
import { openImagePath } from "./open_image_path.ts";
import { sortedTree } from "./sorted_tree.ts";
import { TreeDrawing } from "./tree_drawing.ts";
import { TreeJson } from "./tree_json.ts";
import { finishDocument } from "./finish_document.ts";

interface TreeOptions extends ImageCommandOptions {
  readonly json?: boolean | undefined;
  readonly level?: number | undefined;
}

/** `snapvm fs tree`. */
export async function tree(options: TreeOptions, operand: string): Promise<void> {
  using opened = await openImagePath(operand, options);
  const { root, path } = opened;
  const start = await root.stat(path);
  using output = new OutputBuffer();
  const tree = options.json
    ? new TreeJson(output, path, typeOf(start))
    : new TreeDrawing(output, path);
  const entries = start.isDirectory ? sortedTree(root, path, start, options.level ?? Infinity) : [];
  await finishDocument(async () => {
    for await (const treeEntry of entries) {
      tree.add(treeEntry);
      const { entry, folder, error } = treeEntry;
      if (error === undefined) continue;
      warnUnreadable({ path: `${folder}/${entry.name}`, error });
      Deno.exitCode = ExitStatus.failure;
    }
  }, () => tree.end());
}
