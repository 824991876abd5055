import type { ShareSpecification } from "../../machine.ts";

/** A share, and how QEMU gets at it: through a server's socket, or by itself. */
export type QemuShare =
  & ShareSpecification
  & (
    | { readonly type: "virtiofs"; readonly socket: string }
    | { readonly type: "9p" }
  );
