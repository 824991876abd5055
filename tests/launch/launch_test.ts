import assert from "node:assert/strict";
import { encodeFields, type Fields, FrameType } from "../../lib/guest/mod.ts";
import { launch, type LaunchStage } from "../../lib/launch/mod.ts";
import { fixtureImage } from "../fixtures/fixture_image.ts";
import { FakeBackend } from "./support/fake_backend.ts";

/** Calls `test` with the store of the demo and a home of its own, and looks for what is left there. */
async function withHome(test: (store: string, home: string) => Promise<void>): Promise<void> {
  const { root } = await fixtureImage("demo");
  const home = await Deno.makeTempDir();
  const before = Deno.env.get("SNAPVM_HOME");
  Deno.env.set("SNAPVM_HOME", home);
  try {
    await test(root, home);
    const left = [...Deno.readDirSync(`${home}/machines`)].map(({ name }) => name);
    assert.deepEqual(left, []);
  } finally {
    if (before === undefined) Deno.env.delete("SNAPVM_HOME");
    else Deno.env.set("SNAPVM_HOME", before);
    await Deno.remove(home, { recursive: true });
  }
}

const command = ["true"];

Deno.test("launch() gives a command's output and exit status, and tells of each stage", () =>
  withHome(async (store) => {
    const backend = new FakeBackend();
    const stages: LaunchStage[] = [];
    let ended = false;
    const shown: string[] = [];
    await using launched = await launch("demo", {
      command,
      store,
      backend,
      onStage: (stage) => void stages.push(stage),
      onCommandEnd: () => ended = true,
      onConsole: (bytes) => void shown.push(new TextDecoder().decode(bytes)),
    });
    backend.console.push(new TextEncoder().encode("booting"));
    backend.reach("initramfs", "userspace", "ready");
    await backend.begin();
    await backend.finish({ stdout: "out", stderr: "err", result: [["status", "7"]] });
    const { status, stdout, stderr } = await launched.command.output();
    assert.equal(status, 7);
    assert.equal(new TextDecoder().decode(stdout), "out");
    assert.equal(new TextDecoder().decode(stderr), "err");
    assert.deepEqual(stages, [
      ...["resolve", "extract", "clone", "firmware and kernel"],
      ...["initramfs", "userspace", "command"],
    ]);
    assert.ok(ended);
    assert.deepEqual(shown, ["booting"]);
  }));

Deno.test("launch() ends a command that cannot be started as a shell does", async (t) => {
  const rows = [
    { errno: "ENOENT", step: "program", status: 127 },
    { errno: "EACCES", step: "program", status: 126 },
    { errno: "", step: "user", status: undefined },
  ];
  for (const { errno, step, status } of rows) {
    await t.step(`${step} ${errno}`, () =>
      withHome(async (store) => {
        const backend = new FakeBackend();
        await using launched = await launch("demo", { command, store, backend });
        backend.reach("initramfs", "userspace", "ready");
        await backend.finish({
          result: [["error", "it is not"], ["errno", errno], ["step", step]],
        });
        if (status === undefined) {
          return await assert.rejects(launched.command.output(), {
            code: "guest-refused",
            message: "Cannot run the command in the guest: it is not",
          });
        }
        const output = await launched.command.output();
        assert.equal(output.status, status);
        assert.equal(new TextDecoder().decode(output.stderr), "snapvm: true: it is not\n");
      }));
  }
});

Deno.test("launch() says why there is no exit status", async (t) => {
  await t.step("the guest gave up", () =>
    withHome(async (store) => {
      const backend = new FakeBackend();
      await using launched = await launch("demo", { command, store, backend });
      backend.reach("initramfs");
      backend.tell([["failure"], ["mode", "emergency"]]);
      await assert.rejects(launched.command.status, {
        code: "guest-failed",
        message: "Cannot run the command: the guest went into emergency mode in the initramfs",
        data: { mode: "emergency", initramfs: true, stage: "initramfs" },
      });
    }));
  await t.step("the machine ended", () =>
    withHome(async (store) => {
      const backend = new FakeBackend();
      const reached = Promise.withResolvers<void>();
      await using launched = await launch("demo", {
        command,
        store,
        backend,
        onStage: (stage) => stage === "userspace" && reached.resolve(),
      });
      backend.reach("initramfs", "userspace");
      await reached.promise;
      backend.end({ reason: "panic" });
      await assert.rejects(launched.command.output(), {
        code: "machine-ended",
        message: "The guest's kernel panicked while starting its services",
      });
    }));
  await t.step("the guest broke the protocol", () =>
    withHome(async (store) => {
      const backend = new FakeBackend();
      await using launched = await launch("demo", { command, store, backend });
      backend.reach("initramfs", "moon");
      await assert.rejects(launched.command.output(), {
        code: "agent-protocol",
        message: "Cannot talk to the guest's agent: it sent an unknown stage",
      });
    }));
  await t.step("the machine ended while the command ran", () =>
    withHome(async (store) => {
      const backend = new FakeBackend();
      await using launched = await launch("demo", { command, store, backend });
      backend.reach("initramfs", "userspace", "ready");
      await backend.begin();
      backend.end({ reason: "reset" });
      await assert.rejects(launched.command.output(), {
        code: "machine-ended",
        message: "The guest restarted while running the command",
      });
    }));
  await t.step(
    "the agent was killed while the command ran, and the machine goes on",
    () =>
      withHome(async (store) => {
        const backend = new FakeBackend();
        await using launched = await launch("demo", { command, store, backend });
        backend.reach("initramfs", "userspace", "ready");
        await backend.begin();
        const hello: Fields = [["snapvm-agent"], ["protocol", "1"], ["again", "1"]];
        backend.send(FrameType.hello, 0, 0, encodeFields(hello));
        await assert.rejects(launched.command.output(), {
          code: "agent-lost",
          message:
            "Cannot reach the guest's agent any more: it has ended, and another one has begun",
        });
      }),
  );
  await t.step("the console cannot be taken", () =>
    withHome(async (store) => {
      const backend = new FakeBackend();
      const full = new Error("the log is full");
      await using launched = await launch("demo", {
        command,
        store,
        backend,
        onConsole: () => {
          throw full;
        },
      });
      backend.console.push(new TextEncoder().encode("booting"));
      await assert.rejects(launched.command.status, full);
    }));
  await t.step("the signal aborted", () =>
    withHome(async (store) => {
      const backend = new FakeBackend();
      const controller = new AbortController();
      const { signal } = controller;
      await using launched = await launch("demo", { command, store, backend, signal });
      controller.abort(new Error("enough"));
      await assert.rejects(launched.command.status, { message: "enough" });
    }));
});

Deno.test("launch() without a command leaves the console to its caller", () =>
  withHome(async (store) => {
    const backend = new FakeBackend();
    await using launched = await launch("demo", { store, backend });
    assert.equal(launched.command, undefined);
    backend.console.push(new TextEncoder().encode("login:"));
    const { value } = await launched.machine.console.readable.getReader().read();
    assert.equal(new TextDecoder().decode(value), "login:");
  }));

Deno.test("launch() leaves nothing behind if the machine does not start", () =>
  withHome(async (store) => {
    const backend = new FakeBackend();
    backend.refusal = new Error("no");
    await assert.rejects(launch("demo", { command, store, backend }), backend.refusal);
  }));

Deno.test("launch() ends with the signal's reason if it aborts before the machine starts", () =>
  withHome(async (store) => {
    const controller = new AbortController();
    const launching = launch("demo", {
      command,
      store,
      backend: new FakeBackend(),
      signal: controller.signal,
      onStage: (stage) => {
        if (stage === "extract") controller.abort(new Error("enough"));
      },
    });
    await assert.rejects(launching, { message: "enough" });
  }));
