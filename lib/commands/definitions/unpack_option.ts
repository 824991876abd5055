import { flag } from "../command_line/option.ts";

/** For the commands that look at an image. */
export const unpackOption = flag({
  brief: "use snapvm's own snapshot; make it out of the layers if it is not there",
});
