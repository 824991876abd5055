import type { ImageCommandOptions } from "../image_command_options.ts";
import { print } from "../../ui/mod.ts";
import { openImagePath } from "./open_image_path.ts";

/** `snapvm fs cat`. */
export async function cat(options: ImageCommandOptions, ...operands: string[]): Promise<void> {
  for (const operand of operands) {
    using opened = await openImagePath(operand, options);
    for await (const bytes of opened.root.read(opened.path)) print(bytes);
  }
}
