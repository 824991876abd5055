import { OutputFailed } from "../../ui/mod.ts";

/**
 * Does `work`, which writes a document, and then what ends the document, also where `work` fails half-way: what was
 * written is whole then. Where the output itself has failed, the end is not written.
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
