/** The processor of a machine that snapvm can make, as `uname -m` names it. */
export type Architecture = "x86_64" | "aarch64";
