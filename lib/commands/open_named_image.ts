import { type ImageOptions, type OpenedImage, openImage } from "../store/mod.ts";
import { type ImageCommandOptions, imageOptions } from "./image_command_options.ts";
import type { ProgressDisplay } from "./progress/progress_display.ts";

/** Opens an image: `openImage()`, or a function like it. */
type Open = (name: string, options: ImageOptions) => Promise<OpenedImage>;

/**
 * Opens the image that a command line names. If it is brought or unpacked first, that is shown on standard error, and
 * ends on Ctrl-C.
 */
export async function openNamedImage(
  name: string,
  options: ImageCommandOptions,
  open: Open = openImage,
): Promise<OpenedImage> {
  using begun = new DisposableStack();
  const ending = new AbortController();
  let display: ProgressDisplay | undefined;
  try {
    const opened = await open(name, {
      ...imageOptions(options),
      signal: ending.signal,
      onAcquire: async () => {
        // Most images are there, so this is loaded for the others only.
        const { Interruption } = await import(
          import.meta.resolve("./interruption.ts")
        ) as typeof import("./interruption.ts");
        const { ProgressDisplay } = await import(
          import.meta.resolve("./progress/progress_display.ts")
        ) as typeof import("./progress/progress_display.ts");
        const { signal } = begun.use(new Interruption());
        signal.addEventListener("abort", () => ending.abort(signal.reason));
        display = begun.use(new ProgressDisplay(name, "people"));
        display.start();
      },
      onProgress: (event) => display?.listener(event),
    });
    display?.finish();
    return opened;
  } catch (error) {
    display?.fail(error);
    throw error;
  }
}
