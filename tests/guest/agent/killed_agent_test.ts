/**
 * What becomes of a connection whose agent is killed, at any moment.
 *
 * @module
 */

import assert from "node:assert/strict";
import { startCommand } from "../../../lib/guest/mod.ts";
import { seeded } from "../support/random.ts";
import { ServedAgent } from "../support/served_agent.ts";

const LOST = {
  code: "agent-lost",
  message: "Cannot reach the guest's agent any more: it has ended, and another one has begun",
};

/** Kills the process that serves. */
async function kill(agent: ServedAgent): Promise<void> {
  Deno.kill(await agent.servingPid(), "SIGKILL");
}

/** Runs a command that gives back what it gets. */
async function echo(agent: ServedAgent, text: string): Promise<string> {
  const command = startCommand(agent.connection, { arguments: ["cat"] });
  void command.stderr.cancel();
  const output = new Response(command.stdout).text();
  const writer = command.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  assert.deepEqual(await command.exit, { status: 0 });
  return await output;
}

/** Runs a command that does what it is asked until it cannot, and settles when its stream has ended. */
async function busy(agent: ServedAgent, what: readonly string[], feed: boolean): Promise<unknown> {
  const command = startCommand(agent.connection, { arguments: what });
  void command.stderr.cancel().catch(() => {});
  void command.stdout.pipeTo(new WritableStream()).catch(() => {});
  const feeding = (async () => {
    const writer = command.stdin.getWriter();
    writer.closed.catch(() => {});
    // Zeros are what the next agent looks for.
    for (const bytes = new Uint8Array(50_000); feed;) await writer.write(bytes);
  })().catch(() => {});
  const error = await command.exit.then(() => undefined, (error) => error);
  await feeding;
  return error;
}

Deno.test("another agent takes the place of one that is killed, and what was open ends", async () => {
  await using agent = await ServedAgent.start();
  const open = [
    startCommand(agent.connection, { arguments: ["cat"] }),
    startCommand(agent.connection, {
      arguments: ["cat"],
      terminal: { columns: 80, rows: 24 },
    }),
  ];
  await Promise.all(open.map(({ started }) => started));
  await kill(agent);
  for (const { exit, stdout, stderr, stdin } of open) {
    await assert.rejects(exit, LOST);
    await assert.rejects(new Response(stdout).text(), LOST);
    await assert.rejects(new Response(stderr).text(), LOST);
    await assert.rejects(stdin.getWriter().closed, Deno.errors.BrokenPipe);
  }
  assert.equal(await echo(agent, "and on"), "and on");
  assert.equal(agent.again, 1);
});

Deno.test("an agent is killed whatever it is doing, again and again", async () => {
  await using agent = await ServedAgent.start();
  const random = seeded(11);
  for (let round = 0; round < 12; round++) {
    const ends = [
      busy(agent, ["head", "-c", "100000000000", "/dev/zero"], false),
      busy(agent, ["sh", "-c", "exec cat >/dev/null"], true),
      busy(agent, ["cat"], true),
    ];
    await new Promise((resolve) => setTimeout(resolve, random(100)));
    await kill(agent);
    for (const error of await Promise.all(ends)) {
      assert.equal((error as { code?: string }).code, "agent-lost");
    }
    assert.equal(await echo(agent, `round ${round}`), `round ${round}`);
  }
  assert.equal(agent.again, 12);
});

Deno.test("nobody takes the place of an agent whose processes are all killed", async () => {
  await using agent = await ServedAgent.start();
  const command = startCommand(agent.connection, { arguments: ["cat"] });
  await command.started;
  const serving = await agent.servingPid();
  Deno.kill(agent.pid, "SIGKILL");
  Deno.kill(serving, "SIGKILL");
  const lost = {
    code: "agent-lost",
    message: "Cannot reach the guest's agent any more: the connection to it has ended",
  };
  await assert.rejects(command.exit, lost);
  await command.stdout.cancel().catch(() => {});
  await command.stderr.cancel().catch(() => {});
  assert.equal(await agent.connection.ended, undefined);
  await assert.rejects(startCommand(agent.connection, { arguments: ["true"] }).exit, lost);
});
