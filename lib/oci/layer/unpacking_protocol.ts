/** How many pieces may be under way in either direction: some MiB. */
export const MAX_WAITING = 3;

/** What a thread that unpacks is told: the next bytes, that there are no more, or that a piece of output was taken. */
export type UnpackingOrder = Uint8Array<ArrayBuffer> | null | "taken";

/** What it answers: the next bytes, that there are no more, that it wants more input, or what is wrong. */
export type UnpackingAnswer =
  | Uint8Array<ArrayBuffer>
  | null
  | "more"
  | { readonly rule: string; readonly reason: string };
