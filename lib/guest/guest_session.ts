/** How far a guest has come. */
export type GuestStage =
  /** The first process of the initramfs runs. */
  | "initramfs"
  /** The root filesystem's init runs. */
  | "userspace"
  /** The root filesystem's init has started everything, or takes longer than anybody waits for it. */
  | "ready"
  /** The command is about to be started. */
  | "command"
  /** The command has ended. */
  | "end";

/** The mode in which a guest gave up booting. */
export type GuestFailure = "emergency" | "rescue" | "initramfs-shell";

/** Why nothing more comes from a guest. */
export type GuestEnd =
  /** The command ended; `status` is its exit status, 128 + n if signal n killed it. */
  | { readonly reason: "exited"; readonly status: number }
  /** The guest waits for somebody at its console. */
  | { readonly reason: "failed"; readonly mode: GuestFailure; readonly initramfs: boolean }
  /** The machine ended before the command did. */
  | { readonly reason: "disconnected" };

/** The command's streams. */
export interface GuestStreams {
  /** The command's input; closing it is the end of file. The command may never read it. */
  readonly stdin: WritableStream<Uint8Array<ArrayBuffer>>;
  /** Exactly what the command writes. It must be read, or the command waits. */
  readonly stdout: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Exactly what the command writes to its error output. It must be read, or the command waits. */
  readonly stderr: ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** A guest that the host is attached to. */
export interface GuestSession {
  /** The command's streams; `undefined` if there is no command. */
  readonly command: GuestStreams | undefined;
  /** Settles when nothing more comes from the guest. It never rejects. */
  readonly end: Promise<GuestEnd>;
}
