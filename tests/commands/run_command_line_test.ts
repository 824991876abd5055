import assert from "node:assert/strict";
import configuration from "../../deno.json" with { type: "json" };
import { CLI, run, snapvm } from "./support/snapvm.ts";

Deno.test("snapvm prints help and version when asked, and help on standard error when nothing is", async (t) => {
  const { stdout: programHelp } = await snapvm(["--help"]);
  const { stdout: groupHelp } = await snapvm(["fs", "--help"]);
  const { stdout: commandHelp } = await snapvm(["fs", "ls", "--help"]);
  assert.match(programHelp, /^Usage: snapvm \[options\] COMMAND\n/);
  assert.match(programHelp, /130 on\nCtrl-C\.\n$/);
  assert.match(groupHelp, /^Usage: snapvm fs \[options\] COMMAND IMAGE:\/PATH\n/);
  assert.match(commandHelp, /^Usage: snapvm fs ls \[options\] IMAGE:\/PATH\n/);
  const version = `${configuration.version}\n`;
  const rows: [string, { status: number; stdout: string; stderr: string }][] = [
    ["-h", { status: 0, stdout: programHelp, stderr: "" }],
    ["help", { status: 0, stdout: programHelp, stderr: "" }],
    ["help fs", { status: 0, stdout: groupHelp, stderr: "" }],
    ["help fs ls", { status: 0, stdout: commandHelp, stderr: "" }],
    ["fs ls -h", { status: 0, stdout: commandHelp, stderr: "" }],
    ["", { status: 2, stdout: "", stderr: programHelp }],
    ["-- images", { status: 2, stdout: "", stderr: programHelp }],
    ["fs", { status: 2, stdout: "", stderr: groupHelp }],
    ["-V", { status: 0, stdout: version, stderr: "" }],
    ["--version", { status: 0, stdout: version, stderr: "" }],
    ["images --version", { status: 0, stdout: version, stderr: "" }],
    ["fs --version", { status: 0, stdout: version, stderr: "" }],
  ];
  for (const [line, expected] of rows) {
    await t.step(line || "nothing", async () => {
      const { status, stdout, stderr } = await snapvm(line.split(" ").filter(Boolean));
      assert.deepEqual({ status, stdout, stderr }, expected);
    });
  }
});

Deno.test("snapvm says which command or option there is not, and which was probably meant", async (t) => {
  const rows: [string, string][] = [
    ["imags", "unknown command 'imags'\n(Did you mean images?)\n(snapvm --help tells more)"],
    ["fs sl", "unknown command 'sl'\n(Did you mean ls?)\n(snapvm fs --help tells more)"],
    ["zzz", "unknown command 'zzz'\n(snapvm --help tells more)"],
    ["help zzz", "unknown command 'zzz'\n(snapvm --help tells more)"],
    ["complete-", "unknown command 'complete-'\n(snapvm --help tells more)"],
    ["--json images", "unknown option '--json'\n(snapvm --help tells more)"],
    [
      "--verson",
      "unknown option '--verson'\n(Did you mean --version?)\n(snapvm --help tells more)",
    ],
    ["fs --json ls", "unknown option '--json'\n(snapvm fs --help tells more)"],
    ["images --debug --bogus", "unknown option '--bogus'\n(snapvm images --help tells more)"],
  ];
  for (const [line, message] of rows) {
    await t.step(line, async () => {
      const { status, stdout, stderr } = await snapvm(line.split(" "));
      assert.deepEqual(
        { status, stdout, stderr },
        { status: 2, stdout: "", stderr: `error: ${message}\n` },
      );
    });
  }
});

Deno.test("snapvm ends like other programs when nobody reads what it prints", async () => {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-all", CLI, "--help"],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  // Long before there is anything to read.
  await child.stdout.cancel();
  assert.equal(await new Response(child.stderr).text(), "");
  assert.equal((await child.status).code, 141);
});

Deno.test("snapvm wraps help to the width of the terminal", async () => {
  for (const [columns, width] of [[50, 50], [120, 120], [0, 80], [20, 40]]) {
    const line = `stty columns ${columns}; exec '${Deno.execPath()}' run -A '${CLI}' fs ls --help`;
    const { stdout } = await run("script", ["--quiet", "--return", "--command", line, "/dev/null"]);
    const longest = Math.max(...stdout.split("\r\n").map(({ length }) => length));
    assert.ok(longest <= width! && longest > width! - 12, `${columns}: ${longest}`);
  }
});
