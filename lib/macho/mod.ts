/** Signatures of programs for Apple silicon. */
export * from "./entitlements.ts";
export * from "./errors.ts";
export * from "./read_signature.ts";
export * from "./sign_macho.ts";
