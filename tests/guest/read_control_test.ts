import assert from "node:assert/strict";
import { readControl } from "../../lib/guest/read_control.ts";

function source(...chunks: string[]): ReadableStream<Uint8Array<ArrayBuffer>> {
  return ReadableStream.from(chunks.map((chunk) => new TextEncoder().encode(chunk)));
}

async function stages(...chunks: string[]): Promise<string[]> {
  const seen: string[] = [];
  await readControl(source(...chunks), (stage) => seen.push(stage));
  return seen;
}

Deno.test("readControl() tells each stage once and in the order in which it came", async () => {
  assert.deepEqual(
    await stages("initramfs 1.00 2.00\nuser", "space 2.00 2.00\nready\nready\ncommand\n"),
    ["initramfs", "userspace", "ready", "command"],
  );
});

Deno.test("readControl() ignores lines that are not the guest scripts' own", async () => {
  assert.deepEqual(
    await stages("\n\0\xff\nend\nfailure\nfailure panic\nready\n", "x".repeat(10_000_000), "\n"),
    ["ready"],
  );
});

Deno.test("readControl() dates a stage back by the time that the guest took to tell it", async () => {
  const rows = [
    ["initramfs 1.50 4.75\n", 3250],
    ["initramfs 4.75 4.75\n", 0],
    ["initramfs 5 4.75\n", 0],
    ["initramfs a b\n", 0],
    ["initramfs\n", 0],
  ] as const;
  for (const [line, ago] of rows) {
    const before = performance.now();
    let time = NaN;
    await readControl(source(line), (_, at) => time = at);
    assert.ok(time >= before - ago && time <= performance.now() - ago, line);
  }
});

Deno.test("readControl() ends with the mode in which the guest waits for somebody", async () => {
  const rows = [
    ["failure emergency\n", "emergency", true],
    ["initramfs 1 1\nfailure initramfs-shell\n", "initramfs-shell", true],
    ["userspace 1 1\nfailure rescue\nready\n", "rescue", false],
  ] as const;
  for (const [text, mode, initramfs] of rows) {
    assert.deepEqual(await readControl(source(text)), { reason: "failed", mode, initramfs });
  }
});

Deno.test("readControl() ends as disconnected when the port ends or fails", async () => {
  assert.deepEqual(await readControl(source("ready\n")), { reason: "disconnected" });
  const failing = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start: (controller) => controller.error(new Error("gone")),
  });
  assert.deepEqual(await readControl(failing), { reason: "disconnected" });
});
