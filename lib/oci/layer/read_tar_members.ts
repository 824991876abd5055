import { SnapvmError } from "../../error/mod.ts";
import { quote } from "../names/quote.ts";
import { LayerFault } from "./layer_fault.ts";
import type { LayerVisitor } from "./layer_member.ts";
import { TarReader } from "./tar_reader.ts";

/** What `readTar()` does. */
export async function readTarMembers(
  archive: AsyncIterable<Uint8Array>,
  visitor: LayerVisitor,
): Promise<void> {
  const reader = new TarReader(visitor);
  try {
    for await (const piece of archive) reader.push(piece);
    reader.end();
  } catch (error) {
    if (!(error instanceof LayerFault)) throw error;
    const bytes = error.path ?? reader.path;
    const path = bytes && new TextDecoder().decode(bytes);
    const subject = path === undefined ? "the archive" : `${quote(path)} in the archive`;
    throw new SnapvmError("corrupt-archive", `Cannot read ${subject}: ${error.message}`, {
      data: { rule: error.rule, ...path !== undefined && { path } },
      cause: error,
    });
  }
}
