/**
 * Makes the guest that `scripts/verify_on_mac.sh` boots, on a Linux machine with apt:
 * `deno run -A scripts/mac_guest.ts arm64|amd64 FOLDER` puts a kernel and an initramfs into the folder.
 *
 * @module
 */
import { makeTinyGuest } from "./images/mod.ts";

const [architecture, folder] = Deno.args;
if ((architecture !== "arm64" && architecture !== "amd64") || folder === undefined) {
  throw new TypeError("Usage: deno run -A scripts/mac_guest.ts arm64|amd64 FOLDER");
}
await Deno.mkdir(folder, { recursive: true });
const work = await Deno.makeTempDir();
try {
  await makeTinyGuest(await Deno.realPath(folder), work, architecture);
} finally {
  await Deno.remove(work, { recursive: true });
}
