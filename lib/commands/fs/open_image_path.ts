import { hasCode } from "../../error/mod.ts";
import type { OpenedImage } from "../../store/mod.ts";
import { CommandFailure, ExitStatus } from "../../ui/mod.ts";
import { adviceFor } from "../advice.ts";
import type { ImageCommandOptions } from "../image_command_options.ts";
import { openNamedImage } from "../open_named_image.ts";
import { parseImagePath } from "./image_path.ts";

/** An open image, and the path in it that is meant. */
export interface OpenedImagePath extends OpenedImage {
  /** The absolute path inside it. */
  readonly path: string;
}

/** Opens the image of `IMAGE:/PATH`. */
export async function openImagePath(
  operand: string,
  options: ImageCommandOptions,
): Promise<OpenedImagePath> {
  const { image, path } = parseImagePath(operand);
  try {
    return { ...await openNamedImage(image, options), path };
  } catch (error) {
    const colon = operand.lastIndexOf(":");
    if (!hasCode(error, "image-not-found") || colon < 0 || operand.includes(":/")) throw error;
    const meant = `${operand.slice(0, colon)}:/${operand.slice(colon + 1)}`;
    throw new CommandFailure(error.message, {
      status: ExitStatus.failure,
      advice: `${adviceFor(error)} A path inside an image begins with a slash: \`${meant}\`.`,
      cause: error,
    });
  }
}
