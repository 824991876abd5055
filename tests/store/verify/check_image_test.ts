import assert from "node:assert/strict";
import { join } from "node:path";
import { run, withFolder } from "../support/test_store.ts";
import {
  archive,
  check,
  checkFile,
  lines,
  type Member,
  storeWith,
} from "./support/checked_image.ts";

const TIME = 1_700_000_000;
const text = (value: string) => new TextEncoder().encode(value);

/** Two layers, the second of which takes some of the first away. */
const LOWER: readonly Member[] = [
  { path: "etc/", type: "directory", mode: 0o755 },
  { path: "etc/gone", content: "gone" },
  { path: "etc/hostname", content: "old" },
  { path: "etc/old", content: "x" },
  { path: "etc/old/", type: "directory", mode: 0o755 },
  { path: "bin/", type: "directory", mode: 0o755 },
  { path: "bin/tool", mode: 0o4755, content: "tool\n" },
  { path: "bin/again", type: "link", linkPath: "bin/tool" },
  { path: "dev/", type: "directory", mode: 0o755 },
  { path: "dev/null", type: "character-device", mode: 0o666, device: { major: 1, minor: 3 } },
  { path: "dev/pipe", type: "fifo", mode: 0o600 },
];
const UPPER: readonly Member[] = [
  { path: "etc/.wh.gone" },
  { path: "etc/hostname", uid: 12, gid: 100_000, content: "host\n" },
  { path: "etc/link", type: "symlink", linkPath: "hostname" },
  {
    path: "etc/marked",
    content: "marked",
    xattrs: new Map([["user.mark", text("yes")], ["user.other", text("no")]]),
  },
  { path: "etc/large", content: new Uint8Array(300_000).fill(7, 100_000, 250_000) },
];

/** Makes the same tree with other people's programs. */
async function makeSnapshot(folder: string, snapshot: string): Promise<void> {
  const script = `
    set -e
    mkdir -p "$1/etc/old" "$1/bin" "$1/dev"
    cd "$1"
    printf 'host\\n' > etc/hostname
    ln -s hostname etc/link
    printf marked > etc/marked
    { head -c 100000 /dev/zero; head -c 150000 /dev/zero | tr '\\0' '\\a'; head -c 50000 /dev/zero; } > etc/large
    printf 'tool\\n' > bin/tool
    chown 12:100000 etc/hostname
    chmod 4755 bin/tool
    ln bin/tool bin/again
    mknod -m 666 dev/null c 1 3
    mkfifo -m 600 dev/pipe
    touch -h -d @${TIME} etc/* bin/* dev/* etc bin dev
    mke2fs -q -F -t ext4 -b 4096 -d . "$2" 16M
    debugfs -w -R 'ea_set /etc/marked user.mark yes' "$2"
    debugfs -w -R 'ea_set /etc/marked user.other no' "$2"
  `;
  await run("sh", "-c", script, "sh", join(folder, "tree"), snapshot);
}

/** Runs a test with a store whose snapshot is what its layers say. */
function withImage(
  test: (store: string, snapshot: string, folder: string) => Promise<void>,
): Promise<void> {
  return withFolder(async (folder) => {
    const layers = [archive(LOWER), archive(UPPER)];
    const { root, snapshot } = await storeWith(join(folder, "store"), layers);
    await makeSnapshot(folder, snapshot);
    await test(root, snapshot, folder);
  });
}

Deno.test("checkImage() finds nothing in a snapshot that is what its layers say", () =>
  withImage(async (store, snapshot) => {
    const { findings, uncompared, layers, entries, inexactTimes } = await check(store);
    assert.deepEqual(lines(findings), []);
    assert.deepEqual([uncompared, layers, entries, inexactTimes], [undefined, 2, 14, 0]);
    const alone = await checkFile(snapshot);
    assert.deepEqual(alone.findings, []);
    assert.equal(alone.uncompared, "it is a file, for which no layers are known");
  }));
