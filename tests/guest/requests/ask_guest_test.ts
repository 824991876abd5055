import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { runProgram } from "../../../scripts/images/mod.ts";
import { addGuestEntropy, authorizeKey, setGuestClock } from "../../../lib/guest/mod.ts";
import { ServedAgent } from "../support/served_agent.ts";

Deno.test("setGuestClock() sets a clock only if it is off by more than it may be", async () => {
  await using agent = await ServedAgent.start();
  const { connection } = agent;
  await setGuestClock(connection, { time: Date.now(), beyond: 1 });
  await setGuestClock(connection, { time: Date.now() - 4000, beyond: 5 });
  // The clock of the system that the test runs on is never set.
  const refused = { code: "guest-refused", message: /: this is no guest$/ };
  await assert.rejects(setGuestClock(connection, { time: Date.now() }), refused);
  await assert.rejects(setGuestClock(connection, { time: Date.now() + 9000, beyond: 1 }), refused);
  await assert.rejects(setGuestClock(connection, { time: 0, beyond: 1 }), refused);
});

Deno.test("addGuestEntropy() adds bytes to the kernel's pool, however many they are", async () => {
  await using agent = await ServedAgent.start();
  for (const size of [0, 1, 100_000]) {
    await addGuestEntropy(agent.connection, new Uint8Array(randomBytes(size)));
  }
});

Deno.test("authorizeKey() adds a key once, with the label that it has under SELinux", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const rows = [
      ["targeted", "system_u:object_r:admin_home_t:s0", "system_u:object_r:ssh_home_t:s0"],
      [
        "ranges",
        "u:object_r:user_home_dir_t:s0-s15:c0.c1023",
        "u:object_r:ssh_home_t:s0-s15:c0.c1023",
      ],
      ["refpolicy", "root:object_r:user_home_dir_t", "root:object_r:ssh_home_t"],
      ["strange", "nothing", undefined],
      ["unlabelled", undefined, undefined],
    ] as const;
    const users = rows.map(([name]) => `${name}:x:0:0::${folder}/${name}:/bin/sh\n`).join("");
    await using agent = await ServedAgent.start({ users });
    for (const [user, label, expected] of rows) {
      const home = join(folder, user);
      await Deno.mkdir(home);
      if (label !== undefined) {
        await runProgram("setfattr", ["-n", "security.selinux", "-v", label, home]);
      }
      for (const key of ["ssh-ed25519 AAAA one", "ssh-ed25519 BBBB two", "ssh-ed25519 AAAA one"]) {
        assert.equal(await authorizeKey(agent.connection, { user, key }), home);
      }
      const keys = join(home, ".ssh/authorized_keys");
      assert.equal(
        await Deno.readTextFile(keys),
        "ssh-ed25519 AAAA one\nssh-ed25519 BBBB two\n",
      );
      assert.equal((await Deno.stat(keys)).mode! & 0o7777, 0o600);
      assert.equal((await Deno.stat(join(home, ".ssh"))).mode! & 0o7777, 0o700);
      for (const path of [join(home, ".ssh"), keys]) {
        const dump = await runProgram("getfattr", [
          ...["--absolute-names", "-d", "-m", "^security.selinux$", "--", path],
        ]);
        assert.equal(/^security\.selinux="(.*)"$/m.exec(dump)?.[1], expected, `${user}: ${path}`);
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
