/**
 * Makes the guest that `scripts/verify_on_mac.sh` boots, on a Linux machine with apt:
 * `deno run -A scripts/mac_guest.ts arm64|amd64 FOLDER` puts a kernel and an initramfs into the folder.
 *
 * @module
 */
import { join } from "node:path";
import { tinyGuest } from "../tests/vm/tiny_guest.ts";

const [architecture, folder] = Deno.args;
if ((architecture !== "arm64" && architecture !== "amd64") || folder === undefined) {
  throw new TypeError("Usage: deno run -A scripts/mac_guest.ts arm64|amd64 FOLDER");
}
const guest = await tinyGuest(architecture);
await Deno.mkdir(folder, { recursive: true });
await Deno.copyFile(guest.kernel, join(folder, "kernel"));
await Deno.copyFile(guest.initramfs, join(folder, "initramfs"));
