/** The processor of a machine that snapvm can make, in the words of the kernel's `uname -m`. */
export type Architecture = "x86_64" | "aarch64";
