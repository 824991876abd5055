import { findProgram, GuardedProcess, withDeadline } from "../host/mod.ts";

/** How long `container` has for its answer, in milliseconds. It asks its service, which may not answer. */
const TIME_LIMIT = 2000;
/** The longest answer that is read, in bytes. It has some 500. */
const MAX_SIZE = 1 << 16;

/**
 * Asks Apple's `container` where its service keeps images: a folder that was given to `container system start` is known
 * to the service alone.
 *
 * @param path The folders in which the program is looked for, as `$PATH` has them.
 * @returns The folder as the service writes it; `undefined` if there is no program, no service, or no such answer.
 */
export async function runningAppRoot(path: string): Promise<string | undefined> {
  const program = await findProgram("container", path);
  if (program === undefined) return undefined;
  const container = new GuardedProcess(program, ["system", "status", "--format", "json"], {
    stdout: "piped",
  });
  const reader = container.stdout!.getReader();
  try {
    const answer = await withDeadline(readAnswer(reader), {
      limit: { milliseconds: TIME_LIMIT, error: () => new Error("no answer") },
    });
    const root = parseAnswer(answer);
    return root !== undefined && root.startsWith("/") ? root : undefined;
  } catch {
    return undefined;
  } finally {
    await reader.cancel().catch(() => {});
    container.kill();
    await container.ended;
  }
}

async function readAnswer(
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  while (text.length <= MAX_SIZE) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    text += decoder.decode(value, { stream: true });
  }
  throw new Error("too long");
}

/** Any member may be missing, and the folder is empty while the service is down. */
function parseAnswer(text: string): string | undefined {
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null || !("appRoot" in value)) return undefined;
  return typeof value.appRoot === "string" ? value.appRoot : undefined;
}
