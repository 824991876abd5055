import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { print } from "../../ui/mod.ts";
import { debugOption, platformOption, storeOption } from "../options.ts";
import { openImagePath } from "./open_image_path.ts";

/** `snapvm fs cat`. */
export function catCommand(): CommandUnknownOpts {
  return new Command("cat")
    .summary("write files to standard output")
    .description("Writes files of images to standard output, one after the other.")
    .argument("<image:/path...>", "the image, and the path inside it")
    .addOption(platformOption())
    .addOption(storeOption())
    .addOption(debugOption())
    .action(async (operands, options) => {
      for (const operand of operands) {
        using opened = await openImagePath(operand, options);
        for await (const bytes of opened.root.read(opened.path)) print(bytes);
      }
    });
}
