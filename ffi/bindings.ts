/**
 * The functions of `snapvm_vz.h` as Deno sees them, one to one. Callers use {@linkcode Virtualization} instead.
 *
 * @module
 */

/** The version of the interface that this file describes: `SNAPVM_VZ_ABI_VERSION`. */
export const ABI_VERSION = 2;

/** The size in bytes of a buffer for a text: `SNAPVM_VZ_TEXT_CAPACITY`. */
export const TEXT_CAPACITY = 65536;

const machineAndRequest = ["u32", "u32"] as const;
const text = ["buffer", "u32"] as const;

/** The functions and their types. */
export const SYMBOLS = {
  snapvm_vz_abi_version: { parameters: [], result: "u32" },
  snapvm_vz_host: { parameters: text, result: "i32" },
  snapvm_vz_machine_identifier: { parameters: text, result: "i32" },
  snapvm_vz_create_variable_store: { parameters: ["buffer", ...text], result: "i32" },
  snapvm_vz_validate: { parameters: ["buffer", "u32", ...text], result: "i32" },
  snapvm_vz_create: { parameters: ["buffer", "u32", ...text], result: "i32" },
  snapvm_vz_release: { parameters: ["u32"], result: "i32" },
  snapvm_vz_start: { parameters: machineAndRequest, result: "i32" },
  snapvm_vz_request_stop: { parameters: machineAndRequest, result: "i32" },
  snapvm_vz_stop: { parameters: machineAndRequest, result: "i32" },
  snapvm_vz_pause: { parameters: machineAndRequest, result: "i32" },
  snapvm_vz_resume: { parameters: machineAndRequest, result: "i32" },
  snapvm_vz_save: { parameters: [...machineAndRequest, "buffer"], result: "i32" },
  snapvm_vz_restore: { parameters: [...machineAndRequest, "buffer"], result: "i32" },
  snapvm_vz_set_memory_target: { parameters: [...machineAndRequest, "u64"], result: "i32" },
  snapvm_vz_next_event: { parameters: text, result: "i32", nonblocking: true },
  snapvm_vz_clone_file: { parameters: ["buffer", "buffer"], result: "i32", nonblocking: true },
  snapvm_vz_copy_file: { parameters: ["buffer", "buffer"], result: "i32", nonblocking: true },
} as const satisfies Deno.ForeignLibraryInterface;

/** The functions of the loaded dylib. It is never closed, because Objective-C classes cannot be unloaded. */
export type Bindings = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

/**
 * Loads the dylib.
 *
 * @param path The dylib's path.
 * @returns Its functions.
 * @throws {Error} If it cannot be loaded, or has another version of the interface.
 */
export function openBindings(path: string): Bindings {
  const library = Deno.dlopen(path, SYMBOLS);
  const version = library.symbols.snapvm_vz_abi_version();
  if (version !== ABI_VERSION) {
    library.close();
    throw new Error(
      `Cannot use ${path}: its interface has version ${version}, and this program needs ${ABI_VERSION}`,
    );
  }
  return library.symbols;
}
