/**
 * What macOS asks of a program that runs virtual machines: the library that calls the framework, and the entitlement.
 *
 * A door beside that of `lib/vm`, because it leads to much that only a Mac needs: it is opened when it is needed.
 *
 * @module
 */

export * from "../../entitlement/become_entitled.ts";
export * from "../../entitlement/entitled_copy.ts";
export * from "../../entitlement/entitlement.ts";
export * from "./open_virtualization.ts";
