import assert from "node:assert/strict";
import { join } from "node:path";
import { describeProcessEnd, GuardedProcess } from "../../lib/host/mod.ts";
import { processesOf } from "./support/processes_of.ts";

const LIBRARY = new URL("../../lib/host/mod.ts", import.meta.url).href;

/** A word that is on the command line of no other process. */
function marker(): string {
  return `marker-${crypto.randomUUID()}`;
}

/** Waits until no process has a word on its command line any more. */
async function untilGone(word: string): Promise<void> {
  while ((await processesOf(word)).length > 0) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

Deno.test("GuardedProcess.ended tells the status and the last words of a program", async (t) => {
  const rows = [
    { name: "success", script: "exit 0", status: 0, stderr: "" },
    { name: "failure", script: "echo oh no >&2; exit 3", status: 3, stderr: "oh no" },
    { name: "a signal", script: "kill -6 $$", status: 134, stderr: "" },
    { name: "nothing to read", script: "cat; exit 5", status: 5, stderr: "" },
    {
      name: "much to say",
      script: "head -c 10000000 /dev/zero | tr '\\0' x >&2; printf end >&2",
      status: 0,
      stderr: "x".repeat(4093) + "end",
    },
  ];
  for (const { name, script, status, stderr } of rows) {
    await t.step(name, async () => {
      const process = new GuardedProcess("/bin/sh", ["-c", script]);
      assert.deepEqual(await process.ended, { status, stderr });
    });
  }
});

Deno.test("GuardedProcess.stdout is what the program writes, and ends with it", async () => {
  const script = "head -c 3000000 /dev/zero; echo told >&2; exit 4";
  const process = new GuardedProcess("/bin/sh", ["-c", script], { stdout: "piped" });
  let length = 0;
  for await (const chunk of process.stdout!) length += chunk.length;
  assert.equal(length, 3_000_000);
  assert.deepEqual(await process.ended, { status: 4, stderr: "told" });
});

Deno.test("GuardedProcess gives a program its input, exactly as it is", async () => {
  const input = "$HOME `id` \\ 'end_of_input'";
  const process = new GuardedProcess("/bin/cat", [], { stdout: "piped", input });
  const output = await new Response(process.stdout).text();
  assert.equal(output, `${input}\n`);
  assert.equal((await process.ended).status, 0);
});

Deno.test("GuardedProcess.stdout that is cancelled does not keep the program alive", async () => {
  const process = new GuardedProcess("/bin/cat", ["/dev/zero"], { stdout: "piped" });
  const reader = process.stdout!.getReader();
  assert.equal((await reader.read()).done, false);
  await reader.cancel();
  process.kill();
  assert.notEqual((await process.ended).status, 0);
});

Deno.test("GuardedProcess passes arguments on exactly as they are", async () => {
  const args = ["a b", "", "$HOME", "'\"`;", "-n", "\n"];
  const process = new GuardedProcess("/bin/sh", [
    "-c",
    'printf "<%s>" "$@" >&2',
    "name",
    ...args,
  ]);
  const { stderr } = await process.ended;
  assert.equal(stderr, args.map((argument) => `<${argument}>`).join(""));
});

Deno.test("GuardedProcess.kill() ends a program that ignores every signal it can", async () => {
  const word = marker();
  const process = new GuardedProcess("/bin/sh", [
    "-c",
    `trap '' HUP INT TERM; exec tail -f /dev/null -- /dev/${word}`,
  ]);
  process.kill();
  process.kill();
  assert.equal((await process.ended).status, 137);
  await untilGone(word);
});

Deno.test("GuardedProcess.ended does not wait for a child that lives on", async () => {
  const script = "tail -f /dev/null & echo $! >&2; exit 7";
  const { status, stderr } = await new GuardedProcess("/bin/sh", ["-c", script]).ended;
  Deno.kill(Number(stderr), "SIGKILL");
  assert.equal(status, 7);
});

Deno.test("nothing is left of a program whose guard was killed", async () => {
  const word = marker();
  const process = new GuardedProcess("/usr/bin/tail", ["-f", "/dev/null", "--", `/dev/${word}`]);
  let guards;
  do guards = (await processesOf(word)).filter(({ name }) => name === "sh"); while (
    guards.length < 2 || (await processesOf(word)).length < 3
  );
  Deno.kill(Math.min(...guards.map(({ pid }) => pid)), "SIGKILL");
  assert.equal((await process.ended).status, 137);
  await untilGone(word);
});

Deno.test("a program dies with a Deno that is killed with SIGKILL", async () => {
  const word = marker();
  const script = `
    import { GuardedProcess } from ${JSON.stringify(LIBRARY)};
    new GuardedProcess("/usr/bin/tail", ["-f", "/dev/null", "--", "/dev/${word}"]);
    await new Promise((resolve) => setTimeout(resolve, 1e6));
  `;
  const folder = await Deno.makeTempDir();
  try {
    const file = join(folder, "script.ts");
    await Deno.writeTextFile(file, script);
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-config", file],
      stderr: "null",
    }).spawn();
    while (!(await processesOf(word)).some(({ name }) => name === "tail")) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    child.kill("SIGKILL");
    await child.status;
    await untilGone(word);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("describeProcessEnd() prefers what the program said", () => {
  assert.equal(describeProcessEnd({ status: 1, stderr: "why" }), "why");
  assert.equal(describeProcessEnd({ status: 1, stderr: "" }), "it ended with status 1");
  assert.equal(describeProcessEnd({ status: 139, stderr: "" }), "it was ended by signal 11");
});
