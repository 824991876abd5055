import assert from "node:assert/strict";
import { sshConfigBlock, sshHost } from "../../../lib/commands/ssh/ssh_config_block.ts";
import { machineKey } from "../../../lib/commands/ssh/machine_key.ts";
import { readSshWords } from "../../../lib/commands/ssh/ssh_words.ts";

/** What the system's own ssh makes of words, as `keyword value` lines. */
async function askSsh(words: readonly string[]): Promise<Map<string, string>> {
  const { success, stdout, stderr } = await new Deno.Command("ssh", {
    args: ["-G", ...words],
    stdout: "piped",
    stderr: "piped",
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  const lines = new TextDecoder().decode(stdout).trim().split("\n");
  return new Map(lines.map((line) => [line.split(" ", 1)[0]!, line.slice(line.indexOf(" ") + 1)]));
}

const WORDS: readonly (readonly string[])[] = [
  [],
  ["ls", "-l", "root"],
  ["-l", "ann"],
  ["-lann", "-p", "2222"],
  ["-p2222", "-l", "ann"],
  ["-vtl", "ann", "ls"],
  ["-o", "User=ann", "-o", "Port 2222"],
  ["-oUser=ann", "-o", "port = 2222", "true"],
  ["-L", "8080:localhost:80", "-l", "ann"],
  ["-i", "-l", "-l", "ann"],
  ["-4", "-A", "-p", "2222", "echo", "-p", "1"],
  ["-l", "ann", "-l", "bob"],
  ["-J", "none", "-W", "a:1", "-p", "23"],
  ["-t", "--", "ls", "-l", "ann"],
];

const OPTIONS = {
  machine: "dev",
  user: "nobody",
  identityFile: "/tmp/with space/100%/id_ed25519",
  self: ["env", "SNAPVM_HOME=/tmp/it's 100%", "/usr/bin/snapvm"],
};

async function withConfig<T>(use: (path: string) => Promise<T>): Promise<T> {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, sshConfigBlock(OPTIONS));
    return await use(path);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("readSshWords() finds the user and the port that ssh itself finds", async (t) => {
  await withConfig(async (config) => {
    for (const words of WORDS) {
      await t.step(words.join(" "), async () => {
        const asked = await askSsh(["-F", config, sshHost("dev"), ...words]);
        const { user = OPTIONS.user, port = "22" } = readSshWords(words);
        assert.equal(user, asked.get("user"));
        assert.equal(port, asked.get("port"));
      });
    }
  });
});

Deno.test("sshConfigBlock() is what ssh takes it for", async () => {
  await withConfig(async (config) => {
    const asked = await askSsh(["-F", config, "snapvm-dev"]);
    const expected = {
      hostname: "dev",
      user: "nobody",
      identityfile: "/tmp/with space/100%%/id_ed25519",
      identitiesonly: "yes",
      stricthostkeychecking: "false",
      userknownhostsfile: "/dev/null",
      globalknownhostsfile: "/dev/null",
      loglevel: "ERROR",
      proxycommand:
        "env 'SNAPVM_HOME=/tmp/it'\\''s 100%%' /usr/bin/snapvm ssh-proxy --port %p --user %r dev",
    };
    for (const [key, value] of Object.entries(expected)) assert.equal(asked.get(key), value, key);
    // As ssh does: it replaces its own signs, and a shell takes the words apart.
    const command = asked.get("proxycommand")!.replace("%p", "22").replace("%r", "root")
      .replaceAll("%%", "%").replace("/usr/bin/snapvm", "sh -c 'echo \"$SNAPVM_HOME\" $*' x");
    const { stdout } = await new Deno.Command("sh", { args: ["-c", command] }).output();
    assert.equal(
      new TextDecoder().decode(stdout),
      "/tmp/it's 100% ssh-proxy --port 22 --user root dev\n",
    );
  });
});

Deno.test("machineKey() makes one key, however many ask for it", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const keys = await Promise.all([1, 2, 3].map(() => machineKey(folder, "dev")));
    assert.equal(new Set(keys.map(({ line }) => line)).size, 1);
    const { path, line } = keys[0]!;
    assert.match(line, /^ssh-ed25519 \S+ snapvm dev$/);
    assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
    const { stdout } = await new Deno.Command("ssh-keygen", { args: ["-y", "-f", path] }).output();
    assert.equal(new TextDecoder().decode(stdout).trim(), line);
    assert.deepEqual((await machineKey(folder, "dev")).line, line);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
