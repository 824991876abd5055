import { reasonOf, SnapvmError } from "../../error/mod.ts";

/** The error for a source that is damaged or that cannot be read at all. */
export function sourceUnreadable(
  source: string,
  reason: string,
  cause?: unknown,
): SnapvmError<"source-unreadable"> {
  return new SnapvmError("source-unreadable", `Cannot read the image ${source}: ${reason}`, {
    data: { source },
    cause,
  });
}

/** The same, for what the operating system says. */
export function unreadableBecause(source: string, cause: unknown): SnapvmError {
  if (cause instanceof SnapvmError) return cause;
  const reason = cause instanceof Deno.errors.NotFound
    ? "there is no such file or folder"
    : reasonOf(cause);
  return sourceUnreadable(source, reason, cause);
}

/** The error for a blob that a source does not have. */
export function blobNotFound(source: string, digest: string): SnapvmError<"blob-not-found"> {
  return new SnapvmError(
    "blob-not-found",
    `Cannot read the blob ${digest}: it is not in ${source}`,
    { data: { digest } },
  );
}

/** The error for a blob whose bytes are not those of its descriptor. */
export function corruptBlob(
  source: string,
  digest: string,
  reason: string,
): SnapvmError<"corrupt-blob"> {
  return new SnapvmError(
    "corrupt-blob",
    `Cannot read the blob ${digest} of ${source}: ${reason}`,
    { data: { digest } },
  );
}
