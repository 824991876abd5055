import assert from "node:assert/strict";
import { finishDocument } from "../../../lib/commands/fs/finish_document.ts";
import { OutputFailed } from "../../../lib/ui/mod.ts";

Deno.test("finishDocument() ends a document once, unless the output itself has failed", async () => {
  const rows: [failure: Error | undefined, ends: number][] = [
    [undefined, 1],
    [new Error("Cannot read the image"), 1],
    [new Deno.errors.BrokenPipe("the reader has gone"), 0],
    [new OutputFailed(new Error("the disk is full")), 0],
  ];
  for (const [failure, ends] of rows) {
    let count = 0;
    const done = finishDocument(async () => {
      await Promise.resolve();
      if (failure !== undefined) throw failure;
    }, () => count++);
    if (failure === undefined) await done;
    else await assert.rejects(done, (error) => error === failure);
    assert.equal(count, ends, String(failure));
  }
});
