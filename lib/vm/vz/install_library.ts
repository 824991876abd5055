import { LIBRARY_SHA256, libraryBytes, VirtualizationError } from "../../../ffi/mod.ts";
import { SnapvmError } from "../../error/mod.ts";
import { isFile, join, makePrivateFolder, PartialOutput, sha256 } from "../../host/mod.ts";

/**
 * Puts the library for Virtualization.framework, which snapvm carries in itself, into a folder, unless it is there. The
 * system loads libraries from files only. It is the same for a compiled program, for one from a registry and for a
 * checkout.
 *
 * @param folder A folder that only this user can write to; it is made if it is not there.
 * @returns The library's path.
 * @throws {SnapvmError} `folder-not-private` if others can write to the folder, `library-damaged` if the bytes have
 * changed, `unwritable` if the folder cannot be written.
 */
export async function installLibrary(folder: string): Promise<string> {
  await makePrivateFolder(folder, "the library for Virtualization.framework");
  const path = join(folder, `libsnapvm_vz-${LIBRARY_SHA256.slice(0, 16)}.dylib`);
  if (await isInstalled(path)) return path;
  await using output = await PartialOutput.begin(path);
  await Deno.writeFile(output.path, await verifiedBytes(), { mode: 0o500, createNew: true });
  await output.commit();
  return path;
}

async function isInstalled(path: string): Promise<boolean> {
  return await isFile(path) &&
    (await sha256(await Deno.readFile(path))).toHex() === LIBRARY_SHA256;
}

async function verifiedBytes(): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await libraryBytes();
  } catch (cause) {
    if (!(cause instanceof VirtualizationError)) throw cause;
    throw new SnapvmError("library-damaged", cause.message, { data: {}, cause });
  }
}
