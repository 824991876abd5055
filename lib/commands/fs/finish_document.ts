import { OutputFailed } from "../../ui/mod.ts";

/**
 * Does `work`, which writes a document, then `end`, which completes it. If `work` fails half-way, the document is
 * completed too, unless it is the output that has failed.
 */
export async function finishDocument(work: () => Promise<void>, end: () => void): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof OutputFailed || error instanceof Deno.errors.BrokenPipe)) end();
    throw error;
  }
  end();
}
