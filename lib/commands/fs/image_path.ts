import { CommandFailure, ExitStatus } from "../../ui/mod.ts";

/** What may come before a path or a registry in the name of an image. */
const TRANSPORT =
  /^(?:docker:\/\/|(?:oci|oci-archive|docker-archive|containers-storage|docker-daemon):)/;

/** `IMAGE:/PATH` of the command line, taken apart. */
export interface ImagePath {
  /** The image: a reference, a digest, or a path on the host. */
  readonly image: string;
  /** The absolute path inside it. */
  readonly path: string;
}

/**
 * Takes `IMAGE:/PATH` apart at its first `:/`, which no reference holds, and of one of skopeo's transports at the first
 * one behind it; `IMAGE` alone means its root folder.
 *
 * Throws a {@linkcode CommandFailure} if the image or the `/` is missing.
 */
export function parseImagePath(text: string): ImagePath {
  const at = text.indexOf(":/", TRANSPORT.exec(text)?.[0].length ?? 0);
  const [image, path] = at < 0 ? [text, "/"] : [text.slice(0, at), text.slice(at + 1)];
  if (image === "") {
    throw new CommandFailure(`Cannot read '${text}': it names no image`, {
      status: ExitStatus.usage,
      advice: "Write the image before the path: demo:/etc/os-release",
    });
  }
  return { image, path };
}
