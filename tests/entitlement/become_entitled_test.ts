import assert from "node:assert/strict";
import { becomeEntitled, type ThisProcess } from "../../lib/entitlement/become_entitled.ts";
import { temporaryFolder } from "../vm/support/temporary_folder.ts";

const MARKER = "SNAPVM_ENTITLED_COPY";

/** A process that notes what it is asked to do. */
function processWith(facts: Partial<ThisProcess>, environment: Map<string, string>) {
  const done: string[] = [];
  const process: ThisProcess = {
    os: "darwin",
    executable: "/opt/deno",
    standalone: false,
    mainModule: "file:///src/cli.ts",
    args: ["run", "an image", "--", "cat", "-"],
    environment: {
      get: (name) => environment.get(name),
      set: (name, value) => void environment.set(name, value),
      delete: (name) => void environment.delete(name),
    },
    isEntitled: () => Promise.resolve(false),
    makeEntitledCopy: (executable) => Promise.resolve(`${executable}-copy`),
    replaceProcess: (program, args) => void done.push(program, ...args),
    ...facts,
  };
  return { process, done };
}

Deno.test("becomeEntitled() goes on as a signed copy if that is needed, and only once", async (t) => {
  const entitled = (answer: boolean | undefined) => () => Promise.resolve(answer);
  const asDeno = [
    ...["/opt/deno-copy", "run", "--allow-all", "file:///src/cli.ts"],
    ...["run", "an image", "--", "cat", "-"],
  ];
  const rows = [
    { name: "not a Mac", facts: { os: "linux" }, isCopy: false, does: [] },
    { name: "entitled", facts: { isEntitled: entitled(true) }, isCopy: false, does: [] },
    { name: "an entitled copy", facts: { isEntitled: entitled(true) }, isCopy: true, does: [] },
    {
      name: "a copy that nobody can judge",
      facts: { isEntitled: entitled(undefined) },
      isCopy: true,
      does: [],
    },
    { name: "Deno", facts: {}, isCopy: false, does: asDeno },
    {
      name: "a program that nobody can judge",
      facts: { isEntitled: entitled(undefined) },
      isCopy: false,
      does: asDeno,
    },
    {
      name: "snapvm as one file",
      facts: { standalone: true, executable: "/opt/snapvm" },
      isCopy: false,
      does: ["/opt/snapvm-copy", "run", "an image", "--", "cat", "-"],
    },
    { name: "a copy that lost its signature", facts: {}, isCopy: true, does: "refuses" },
  ];
  for (const { name, facts, isCopy, does } of rows) {
    await t.step(name, async () => {
      const environment = new Map(isCopy ? [[MARKER, "1"]] : []);
      const { process, done } = processWith(facts, environment);
      if (does === "refuses") {
        await assert.rejects(becomeEntitled("/nowhere", process), {
          code: "entitlement-missing",
          data: { program: "/opt/deno", reason: "signature-lost" },
        });
        assert.deepEqual(done, []);
      } else {
        await becomeEntitled("/nowhere", process);
        assert.deepEqual(done, does);
      }
      assert.equal(environment.has(MARKER), does.length > 0 && does !== "refuses");
    });
  }
});

Deno.test("becomeEntitled() passes on arguments, folder, environment, streams and status", async () => {
  await using folder = await temporaryFolder();
  const path = await Deno.realPath(folder.path);
  const args = ["run", "", "two words", "ümläut", "'quoted\"", "-x"];
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", new URL("support/entitled_program.ts", import.meta.url).href, ...args],
    cwd: path,
    env: { KEPT: "a value" },
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode("all of it"));
  await writer.close();
  const { code, stdout } = await child.output();
  assert.deepEqual(JSON.parse(new TextDecoder().decode(stdout)), {
    pid: child.pid,
    args,
    folder: path,
    kept: "a value",
    input: "all of it",
  });
  assert.equal(code, 7);
});

Deno.test("becomeEntitled() leaves signals to the copy", async () => {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", new URL("support/entitled_program.ts", import.meta.url).href, "wait"],
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  child.kill("SIGTERM");
  assert.equal((await child.status).code, 9);
  await reader.cancel();
});
