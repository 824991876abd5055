import assert from "node:assert/strict";
import { attachGuest, type GuestPlan, type GuestStage } from "../../lib/guest/mod.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const PLAN: GuestPlan = {
  files: [],
  kernelArguments: [],
  ports: ["snapvm.control", "snapvm.stdin", "snapvm.stdout", "snapvm.stderr"],
  bootMark: { port: "snapvm.control", line: /^boot (\S+)$/ },
  endMark: "ab-cd",
};

/** A guest that has written these texts to its ports and still runs, or has ended. */
function ports(texts: Record<string, string>, ended = false) {
  return (name: string): ReadableWritablePair<Bytes, Bytes> => ({
    readable: new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(texts[name] ?? ""));
        if (ended) controller.close();
      },
    }),
    writable: new WritableStream(),
  });
}

Deno.test("attachGuest() gives the command's outputs and its exit status", async () => {
  const stages: GuestStage[] = [];
  const stdout = new TransformStream<Bytes, Bytes>();
  const writer = stdout.writable.getWriter();
  const others = ports({
    "snapvm.control": "userspace\ncommand\n",
    "snapvm.stderr": "errab-cd 7\nlate",
  });
  const session = attachGuest(
    PLAN,
    (name) => ({
      ...others(name),
      ...name === "snapvm.stdout" && { readable: stdout.readable },
    }),
    {
      onStage(stage) {
        stages.push(stage);
        if (stage === "command") void writer.write(new TextEncoder().encode("out\nab-cd 7\n"));
      },
    },
  );
  const streams = session.command!;
  assert.deepEqual(
    await Promise.all([new Response(streams.stdout).text(), new Response(streams.stderr).text()]),
    ["out\n", "err"],
  );
  assert.deepEqual(await session.end, { reason: "exited", status: 7 });
  assert.deepEqual(stages, ["userspace", "command", "end"]);
});

Deno.test("attachGuest() ends at once when the guest goes into emergency mode", async () => {
  const session = attachGuest(PLAN, ports({ "snapvm.control": "failure emergency\n" }));
  assert.deepEqual(await session.end, { reason: "failed", mode: "emergency", initramfs: true });
});

Deno.test("attachGuest() ends as disconnected when the machine ends before the command", async () => {
  const session = attachGuest(PLAN, ports({ "snapvm.stdout": "half" }, true));
  const { stdout, stderr } = session.command!;
  assert.deepEqual(
    await Promise.all([new Response(stdout).text(), new Response(stderr).text()]),
    ["half", ""],
  );
  assert.deepEqual(await session.end, { reason: "disconnected" });
});

Deno.test("attachGuest() has no streams if there is no command", async () => {
  const { endMark: _, ...plan } = PLAN;
  const session = attachGuest(plan, ports({ "snapvm.control": "ready\n" }, true));
  assert.equal(session.command, undefined);
  assert.deepEqual(await session.end, { reason: "disconnected" });
});
