/** What `snapvm cp` copies from or to. */
export type CopyOperand =
  /** An archive on standard input or output. */
  | { readonly kind: "stream" }
  /** A path on this machine. */
  | { readonly kind: "host"; readonly path: string }
  /** An absolute path in a machine. */
  | { readonly kind: "guest"; readonly machine: string; readonly path: string };

/** Takes an operand apart, by the rules of `docker cp`: a path on this machine with a colon begins with `/` or `.`. */
export function parseCopyOperand(text: string): CopyOperand {
  if (text === "-") return { kind: "stream" };
  const colon = text.indexOf(":");
  if (
    colon <= 0 || text.startsWith("/") || text.startsWith(".") ||
    text.indexOf("/") < colon && text.includes("/")
  ) {
    return { kind: "host", path: text };
  }
  const path = text.slice(colon + 1);
  return {
    kind: "guest",
    machine: text.slice(0, colon),
    path: path.startsWith("/") ? path : `/${path}`,
  };
}
