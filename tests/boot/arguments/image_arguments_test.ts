import assert from "node:assert/strict";
import { parseKargs } from "../../../lib/boot/arguments/image_arguments.ts";
import { HostFolder, readImageArguments } from "../../../lib/boot/mod.ts";
import { hasCode } from "../../../lib/error/mod.ts";
import { withFolder } from "../support/programs.ts";
import { plant } from "../support/trees.ts";

const PATH = "/usr/lib/bootc/kargs.d/10.toml";

Deno.test("parseKargs() reads what bootc reads", async () => {
  const rows = [
    ["", []],
    ['kargs = ["quiet", "console=ttyS0"]', ["quiet", "console=ttyS0"]],
    ['kargs = [\n  \'a=1\', # why\n  """b""",\n]\n', ["a=1", "b"]],
    ['kargs = ["a b", "c=\\"d e\\""]', ["a", "b", 'c="d e"']],
    ['kargs = ["a"]\nmatch-architectures = ["x86_64"]', ["a"]],
    ['kargs = ["a"]\nmatch-architectures = ["aarch64", "x86_64"]', ["a"]],
    ['kargs = ["a"]\nmatch-architectures = ["aarch64"]', []],
    ['kargs = ["a"]\nmatch-architectures = []', []],
    ['unknown = 1\nkargs = ["a"]', ["a"]],
  ] as const;
  for (const [text, expected] of rows) {
    assert.deepEqual(await parseKargs(text, "x86_64", PATH), expected, text);
  }
});

Deno.test("parseKargs() refuses what is not a list of kernel arguments", async () => {
  const rows = [
    ["kargs = [", /it is not TOML$/],
    ["kargs = 'a'", /kargs is not a list of strings$/],
    ["kargs = [1]", /kargs is not a list of strings$/],
    ["[kargs]", /kargs is not a list of strings$/],
    ["match-architectures = 'x86_64'", /match-architectures is not a list of strings$/],
    ["kargs = " + "[".repeat(60_000), /it is not TOML$/],
  ] as const;
  for (const [text, message] of rows) {
    await assert.rejects(parseKargs(text, "x86_64", PATH), (error) => {
      assert.ok(hasCode(error, "invalid-kernel-arguments"));
      assert.match(error.message, message);
      return true;
    });
  }
});

Deno.test("readImageArguments() reads the files in the order of their names", async () => {
  await withFolder(async (folder) => {
    const kargs = "usr/lib/bootc/kargs.d";
    await plant(folder, {
      [`${kargs}/20-b.toml`]: 'kargs = ["second"]',
      [`${kargs}/10-a.toml`]: 'kargs = ["first"]',
      [`${kargs}/15-broken.toml`]: "kargs",
      [`${kargs}/16-huge.toml`]: new Uint8Array(65537),
      [`${kargs}/17-nowhere.toml`]: { link: "nowhere" },
      [`${kargs}/30-other.conf`]: 'kargs = ["third"]',
    });
    assert.deepEqual(await readImageArguments(new HostFolder(folder), "x86_64"), {
      arguments: ["first", "second"],
      problems: [
        "Cannot read /usr/lib/bootc/kargs.d/15-broken.toml: it is not TOML",
        "Cannot read /usr/lib/bootc/kargs.d/16-huge.toml: it is not a file of up to 64 KiB",
      ],
    });
  });
});

Deno.test("readImageArguments() finds nothing in an image without kernel arguments", async () => {
  await withFolder(async (folder) => {
    assert.deepEqual(await readImageArguments(new HostFolder(folder), "x86_64"), {
      arguments: [],
      problems: [],
    });
  });
});
