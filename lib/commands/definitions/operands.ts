import type { Operand } from "../command_line/command.ts";

/** An image. */
export const IMAGE: Operand = { name: "IMAGE", brief: "which image", complete: "image" };

/** An image that is in a store, whether it is unpacked or not. */
export const STORED_IMAGE: Operand = { ...IMAGE, complete: "stored-image" };

/** A path inside an image. */
export const IMAGE_PATH: Operand = {
  name: "IMAGE:/PATH",
  brief: "the image, and the path inside it",
  complete: "image-path",
};

/** An image or a machine. */
export const IMAGE_OR_MACHINE: Operand = {
  name: "IMAGE|NAME",
  brief: "which image or machine",
  complete: "image-or-machine",
};
