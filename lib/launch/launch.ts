import type { Launch, LaunchedCommand, LaunchOptions } from "./launch_options.ts";

/**
 * Boots an image in a virtual machine, with its own kernel and initramfs, on a copy-on-write clone of its snapshot: the
 * way from an image's name to a running machine. It returns when the hypervisor runs; a command starts by itself when
 * the guest is up.
 *
 * On a Mac the process may have to start again as a signed copy of the program that runs it, with the same arguments
 * (`prepareBackend()`): call this before you begin anything else.
 *
 * @param image A reference, a digest or a unique prefix of one, the path of an ext4 file (it starts with `/`, `./` or
 * `../`), or one of skopeo's transports (`oci:FOLDER` and the like).
 * @param options What to run and how.
 * @returns The running machine.
 * @throws {SnapvmError} If the image, its kernel or the hypervisor cannot be had; `code` says which.
 * @throws The signal's reason.
 *
 * @example
 * ```ts
 * import { hasCode, launch } from "@x/snapvm";
 * import assert from "node:assert/strict";
 *
 * try {
 *   await using demo = await launch("example.com/demo:1", { command: ["uname", "-r"] });
 *   const { status, stdout } = await demo.command.output();
 *   console.log(status, new TextDecoder().decode(stdout));
 * } catch (error) {
 *   assert(hasCode(error, "image-not-found"));
 * }
 * ```
 */
export function launch(
  image: string,
  options: LaunchOptions & { readonly command: readonly string[] },
): Promise<LaunchedCommand>;
/**
 * Boots an image, as above. Without a command, its console is yours.
 *
 * @param image Which image.
 * @param options How it is booted.
 * @returns The running machine.
 */
export function launch(image: string, options?: LaunchOptions): Promise<Launch>;
export async function launch(image: string, options: LaunchOptions = {}): Promise<Launch> {
  // Loaded when it is called: commands that only look at an image use this room, too.
  const { launchImage } = await import(
    import.meta.resolve("./launch_image.ts")
  ) as typeof import("./launch_image.ts");
  return await launchImage(image, options);
}
