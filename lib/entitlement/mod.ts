/**
 * The entitlement that macOS asks for before a program may use Virtualization.framework: signatures of programs for
 * Apple silicon, and the signed copy of this program that has it.
 *
 * @module
 */
export { becomeEntitled } from "./become_entitled.ts";
export { findEntitledCopy, makeEntitledCopy } from "./entitled_copy.ts";
export type { EntitledCopyOptions } from "./entitled_copy.ts";
export { isEntitled, VIRTUALIZATION_ENTITLEMENT } from "./is_entitled.ts";
