import assert from "node:assert/strict";
import { join } from "node:path";
import { ServedMachine } from "./support/served_machine.ts";

Deno.test("snapvm exec has the streams and the status of the command", async (t) => {
  await using machine = await ServedMachine.start();
  const rows: Readonly<
    Record<string, {
      readonly args: readonly string[];
      readonly expected: { status: number; stdout: string; stderr: string };
      /** Default: `typed`. */
      readonly input?: string;
    }>
  > = {
    "streams apart": {
      args: ["dev", "--", "sh", "-c", "cat; echo error >&2; exit 7"],
      expected: { status: 7, stdout: "typed", stderr: "error\n" },
    },
    "words after the name are the command's": {
      args: ["dev", "echo", "-e", "--debug", "x"],
      expected: { status: 0, stdout: "--debug x\n", stderr: "" },
    },
    "a variable, a folder and a user": {
      args: ["-eA=b=c", "-w", "/tmp", "-u", "nobody", "dev", "sh", "-c", "echo $A; pwd; id -un"],
      expected: { status: 0, stdout: "b=c\n/tmp\nnobody\n", stderr: "" },
    },
    "a terminal": {
      args: ["-it", "dev", "sh", "-c", "test -t 0 && test -t 1 && test -t 2 && stty size"],
      expected: { status: 0, stdout: "24 80\r\n", stderr: "" },
      // A terminal shows what is typed.
      input: "",
    },
    "a signal": {
      args: ["dev", "sh", "-c", "kill -9 $$"],
      expected: { status: 137, stdout: "", stderr: "" },
    },
  };
  for (const [name, { args, expected, input = "typed" }] of Object.entries(rows)) {
    await t.step(name, async () => {
      const typed = new TextEncoder().encode(input);
      assert.deepEqual(await machine.run(["exec", ...args], typed), expected);
    });
  }
  const failures = {
    "no-such-program": 127,
    "/etc": 126,
  };
  for (const [program, status] of Object.entries(failures)) {
    await t.step(`${program} ends with ${status}`, async () => {
      const result = await machine.run(["exec", "dev", program]);
      assert.deepEqual({ ...result, stderr: "" }, { status, stdout: "", stderr: "" });
      assert.ok(result.stderr.startsWith(`error: Cannot run ${program} in the guest: `));
    });
  }
  await t.step("what snapvm itself cannot do ends with 125", async () => {
    for (const args of [["-u", "no-such-user", "dev"], ["-w", "/no-such", "dev"], ["other"]]) {
      assert.equal((await machine.run(["exec", ...args, "true"])).status, 125);
    }
  });
  await t.step("much goes through", async () => {
    const bytes = crypto.getRandomValues(new Uint8Array(65536));
    const much = new Uint8Array(64 * bytes.length);
    for (let at = 0; at < much.length; at += bytes.length) much.set(bytes, at);
    const { stdout } = await machine.run(["exec", "dev", "sha256sum"], much);
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", much)).toHex();
    assert.equal(stdout, `${digest}  -\n`);
  });
  await t.step("Ctrl-C reaches the command", async () => {
    const script = "trap 'echo caught; exit 3' INT; echo waiting; while :; do sleep 0.1; done";
    const child = machine.spawn(["exec", "dev", "--", "sh", "-c", script]);
    let said = "";
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      if (said === "") child.kill("SIGINT");
      said += text;
    }
    assert.equal(said, "waiting\ncaught\n");
    assert.equal((await child.status).code, 3);
    await child.stdin.close().catch(() => {});
    await child.stderr.cancel();
  });
});

Deno.test("snapvm cp copies both ways by the rules of docker cp", async (t) => {
  await using machine = await ServedMachine.start();
  const here = join(machine.home, "here");
  const guest = join(machine.home, "guest");
  for (const folder of [`${here}/tree/sub`, guest]) await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(`${here}/tree/file`, "content", { mode: 0o640 });
  await Deno.symlink("file", `${here}/tree/link`);
  const cp = async (...args: string[]) => {
    const { status, stderr } = await machine.run(["cp", ...args]);
    assert.equal(stderr, "");
    assert.equal(status, 0);
  };
  await t.step("into the guest", async () => {
    await cp(`${here}/tree`, `dev:${guest}`);
    await cp(`${here}/tree/.`, `dev:${guest}/contents`);
    await cp(`${here}/tree/file`, `dev:${guest}/renamed`);
    assert.equal(await Deno.readLink(`${guest}/tree/link`), "file");
    assert.equal((await Deno.stat(`${guest}/contents/file`)).mode! & 0o7777, 0o640);
    assert.equal(await Deno.readTextFile(`${guest}/renamed`), "content");
  });
  await t.step("out of the guest", async () => {
    await cp(`dev:${guest}/tree`, `${here}/back`);
    await cp(`dev:${guest}/tree/file`, here);
    await cp("-L", `dev:${guest}/tree/link`, `${here}/followed`);
    assert.equal(await Deno.readLink(`${here}/back/link`), "file");
    assert.ok((await Deno.stat(`${here}/back/sub`)).isDirectory);
    assert.equal(await Deno.readTextFile(`${here}/file`), "content");
    assert.ok((await Deno.lstat(`${here}/followed`)).isFile);
  });
  await t.step("what cannot be is said", async () => {
    const rows = [
      [[`dev:/no-such`, here], /Cannot copy dev:.no-such: .*No such file or directory/],
      [[`${here}/no-such`, "dev:/tmp"], /Cannot copy .*no-such: No such file or directory/],
      [[`${here}/tree`, `dev:${guest}/renamed`], /Cannot copy a folder to .*: there is a file/],
      [
        [`dev:${guest}/renamed`, `${here}/none/`],
        /Cannot copy a file to .*: there is no such folder/,
      ],
    ] as const;
    for (const [args, message] of rows) {
      const { status, stderr } = await machine.run(["cp", ...args]);
      assert.equal(status, 1);
      assert.match(stderr, message);
    }
    assert.equal((await machine.run(["cp", here, guest])).status, 2);
  });
});
