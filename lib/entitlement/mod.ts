/** Signatures of programs for Apple silicon. */
export * from "./entitlements.ts";
export * from "./macho_unsupported.ts";
export * from "./read_signature.ts";
export * from "./sign_macho.ts";
