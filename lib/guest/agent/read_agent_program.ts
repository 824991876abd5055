import type { Architecture } from "../../boot/mod.ts";
import type { Bytes } from "../protocol/bytes.ts";

/**
 * The program that is put into guests.
 *
 * @param architecture The guest's processor.
 * @returns The bytes of its file.
 */
export async function readAgentProgram(architecture: Architecture): Promise<Bytes> {
  // It is large, and only a machine that is made needs it.
  const { AGENT_GZIP_BASE64 } = await import(
    import.meta.resolve("./agent_program.ts")
  ) as typeof import("./agent_program.ts");
  const packed = Uint8Array.fromBase64(AGENT_GZIP_BASE64[architecture]);
  const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return await new Response(unpacked).bytes();
}
