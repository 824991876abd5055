import assert from "node:assert/strict";
import { run, snapvm } from "../support/snapvm.ts";

/** A folder with a tree of files in `tree/`, and the same as an ext4 image in `image`. */
interface Fixture {
  readonly folder: string;
  readonly image: string;
}

const TREE_SCRIPT = `
set -e
cd "$1" && mkdir tree && cd tree
mkdir -p etc sub/deeper "name with spaces"
printf 'hello\\n' > etc/greeting
head -c 300000 /dev/urandom > sub/random
truncate -s 20M sub/sparse && printf middle | dd of=sub/sparse bs=1 seek=10485760 conv=notrunc status=none
ln -s ../etc/greeting sub/link
ln -s /etc/greeting sub/absolute
ln sub/random sub/deeper/hard
mkfifo sub/pipe
mknod sub/tty c 5 1
chmod 4755 sub/random
chmod 0500 sub/deeper
chown 1000:2000 etc/greeting
touch -d '2001-02-03 04:05:06.123456789 UTC' etc/greeting sub/link -h
setfattr -n user.note -v 'some text' etc/greeting
setfattr -n security.capability -v 0sAQAAAgAgAAAAAAAAAAAAAAAAAAA= sub/random
cd .. && mke2fs -q -F -t ext4 image 64M
# The kernel fills it: mke2fs -d would drop the fractions of times.
mkdir mount && mount -o loop image mount
cp --archive --sparse=always tree/. mount/ || status=$?
umount mount && rmdir mount
exit $status
`;

/** What `find` calls a type, and what snapvm does. */
const TYPES: Readonly<Record<string, string>> = {
  "f": "file",
  "d": "directory",
  "l": "symlink",
  "p": "fifo",
  "c": "character-device",
};

async function withFixture(use: (fixture: Fixture) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const made = await run("bash", ["-c", TREE_SCRIPT, "bash", folder]);
    assert.equal(made.stderr, "");
    await use({ folder, image: `${folder}/image` });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Every path with what matters of it, as `find` sees it. */
async function listing(folder: string, format: string): Promise<string[]> {
  const { stdout } = await run("find", [folder, "-mindepth", "1", "-printf", format]);
  return stdout.trimEnd().split("\n").sort();
}

Deno.test("snapvm fs tar writes what GNU tar unpacks to the same tree", async () => {
  await withFixture(async ({ folder, image }) => {
    const archive = await snapvm(["fs", "tar", `${image}:/`]);
    assert.deepEqual([archive.status, archive.stderr], [0, ""]);
    await Deno.mkdir(`${folder}/out`);
    await Deno.writeFile(`${folder}/out.tar`, archive.bytes);
    const unpacked = await run("tar", [
      "--extract",
      "--numeric-owner",
      "--xattrs",
      "--xattrs-include=*",
      `--directory=${folder}/out`,
      `--file=${folder}/out.tar`,
    ]);
    assert.equal(unpacked.stderr, "");
    await Deno.remove(`${folder}/out/lost+found`);
    const format = "%P %y %m %U %G %s %n %T+ %l\\n";
    assert.deepEqual(
      await listing(`${folder}/out`, format),
      await listing(`${folder}/tree`, format),
    );
    const differences = await run("diff", [
      "--recursive",
      "--no-dereference",
      "--exclude=pipe",
      "--exclude=tty",
      `${folder}/out`,
      `${folder}/tree`,
    ]);
    assert.equal(differences.stdout, "");
    const blocks = (await Deno.stat(`${folder}/out/sub/sparse`)).blocks!;
    assert.ok(blocks < 100, `${blocks} blocks`);
    for (const path of ["etc/greeting", "sub/random"]) {
      const dump = async (root: string) =>
        (await run("bash", ["-c", `cd ${root} && getfattr -d -m - -e hex ${path}`])).stdout;
      assert.equal(await dump(`${folder}/out`), await dump(`${folder}/tree`));
    }
  });
});

Deno.test("snapvm fs cp copies a folder, and a file into a folder", async () => {
  await withFixture(async ({ folder, image }) => {
    const copied = await snapvm(["fs", "cp", `${image}:/sub`, `${folder}/copy`]);
    assert.equal(copied.status, 0);
    assert.deepEqual(copied.stderr.trimEnd().split("\n").sort(), [
      "warning: /sub/pipe: left out: it is a fifo",
      "warning: /sub/tty: left out: it is a character-device",
    ]);
    const differences = await run("diff", [
      "--recursive",
      "--no-dereference",
      "--exclude=pipe",
      "--exclude=tty",
      `${folder}/copy`,
      `${folder}/tree/sub`,
    ]);
    assert.equal(differences.stdout, "");
    assert.equal((await Deno.stat(`${folder}/copy/deeper`)).mode! & 0o7777, 0o500);
    // A copy does not lend its new owner's rights.
    assert.equal((await Deno.stat(`${folder}/copy/random`)).mode! & 0o7777, 0o755);
    assert.ok((await Deno.stat(`${folder}/copy/sparse`)).blocks! < 100);

    await Deno.mkdir(`${folder}/into`);
    const one = await snapvm(["fs", "cp", `${image}:/etc/greeting`, `${folder}/into`]);
    assert.deepEqual([one.status, one.stderr], [0, ""]);
    assert.equal(await Deno.readTextFile(`${folder}/into/greeting`), "hello\n");

    const again = await snapvm(["fs", "cp", `${image}:/sub`, `${folder}/copy`]);
    assert.deepEqual([again.status, again.stdout], [0, ""]);
    const third = await snapvm(["fs", "cp", `${image}:/sub`, `${folder}/copy`]);
    assert.equal(third.status, 1);
    assert.match(third.stderr, /^error: Cannot copy \/sub to .*copy\/sub: it exists\n/);
    const names = Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
    assert.deepEqual(names, ["copy", "image", "into", "tree"]);
  });
});

Deno.test("snapvm fs ls -R --json is JSON that says what find says", async () => {
  await withFixture(async ({ folder, image }) => {
    const listed = await snapvm(["fs", "ls", "-R", "--json", `${image}:/`]);
    assert.deepEqual([listed.status, listed.stderr], [0, ""]);
    const found = (await listing(`${folder}/tree`, "/%P\\t%y\\t%m\\t%U\\t%G\\t%n\\t%l\\n"))
      .map((line) => line.split("\t"))
      .map(([path, type, mode, uid, gid, nlink, target]) => ({
        path,
        type: TYPES[type!],
        mode: mode!.padStart(4, "0"),
        uid: Number(uid),
        gid: Number(gid),
        nlink: Number(nlink),
        target: target || undefined,
      }));
    // deno-lint-ignore no-explicit-any
    const seen = (JSON.parse(listed.stdout) as any[])
      .filter(({ path }) => path !== "/lost+found")
      .map(({ path, type, mode, uid, gid, nlink, target }) => ({
        path,
        type,
        mode,
        uid,
        gid,
        nlink,
        target,
      }))
      .sort((a, b) => a.path < b.path ? -1 : 1);
    assert.deepEqual(seen, found.sort((a, b) => a.path! < b.path! ? -1 : 1));
    const greeting = listed.stdout.split("\n").find((line) => line.includes('"/etc/greeting"'));
    assert.ok(greeting?.includes('"mtime":"2001-02-03T04:05:06.123456789Z"'));
  });
});

Deno.test("snapvm fs ls and tree go on after a symlink whose target cannot be read", async () => {
  await withFixture(async ({ image }) => {
    await run("debugfs", ["-w", "-R", "sif /sub/link size 99999", image]);
    const warning = /^warning: \/sub\/link: Cannot read [^\n]*\n$/;
    for (const command of [["ls", "-l"], ["ls", "--json"], ["tree"], ["tree", "--json"]]) {
      const listed = await snapvm(["fs", ...command, `${image}:/sub`]);
      assert.equal(listed.status, 1);
      assert.match(listed.stderr, warning);
      assert.match(listed.stdout, /\bpipe\b/);
      if (command.includes("--json")) {
        const entries = JSON.parse(listed.stdout);
        // deno-lint-ignore no-explicit-any
        const broken = (entries.contents ?? entries).filter(({ error }: any) =>
          error !== undefined
        );
        assert.equal(broken.length, 1);
      }
    }
  });
});

interface TreeNode {
  readonly name: string;
  readonly type: string;
  readonly target?: string;
  readonly contents?: readonly TreeNode[];
}

Deno.test("snapvm fs tree --json has objects inside each other, sorted, for what find says", async () => {
  await withFixture(async ({ folder, image }) => {
    const told = await snapvm(["fs", "tree", "--json", `${image}:/`]);
    assert.deepEqual([told.status, told.stderr], [0, ""]);
    const flat = ({ contents = [], ...node }: TreeNode, path: string): string[] => {
      const names = contents.map(({ name }) => name);
      assert.deepEqual(names, names.toSorted());
      const line = [path, node.target ?? "", node.type].join("\t");
      return [line, ...contents.flatMap((each) => flat(each, `${path}/${each.name}`))];
    };
    const seen = flat(JSON.parse(told.stdout), "").filter((line) =>
      !line.startsWith("/lost+found")
    );
    const found = (await listing(`${folder}/tree`, "/%P\\t%l\\t%y\\n"))
      .map((line) => line.replace(/.$/, (type) => TYPES[type]!));
    assert.deepEqual(seen.toSorted(), ["\t\tdirectory", ...found].toSorted());

    const level = await snapvm(["fs", "tree", "--json", "-L", "1", `${image}:/sub`]);
    const top: TreeNode = JSON.parse(level.stdout);
    assert.equal(top.name, "/sub");
    assert.deepEqual(top.contents?.[1], { name: "deeper", type: "directory" });
    const file = await snapvm(["fs", "tree", "--json", `${image}:/etc/greeting`]);
    assert.deepEqual(JSON.parse(file.stdout), { name: "/etc/greeting", type: "file" });
  });
});

Deno.test("snapvm fs cat, stat and tree show what is there, and errors name what is not", async () => {
  await withFixture(async ({ image }) => {
    const cat = await snapvm(["fs", "cat", `${image}:/sub/link`, `${image}:/sub/absolute`]);
    assert.deepEqual([cat.status, cat.stdout, cat.stderr], [0, "hello\nhello\n", ""]);

    const stat = await snapvm(["fs", "stat", `${image}:/etc/greeting`]);
    assert.match(stat.stdout, /^owner {6}1000:2000$/m);
    assert.match(stat.stdout, /^xattr {6}user\.note = "some text"$/m);

    const tree = await snapvm(["fs", "tree", `${image}:/sub`]);
    assert.equal(
      tree.stdout,
      [
        "/sub",
        "├── absolute -> /etc/greeting",
        "├── deeper",
        "│   └── hard",
        "├── link -> ../etc/greeting",
        "├── pipe",
        "├── random",
        "├── sparse",
        "└── tty",
        "",
        "1 folder, 7 files",
        "",
      ].join("\n"),
    );

    const missing = await snapvm(["fs", "cat", `${image}:/nosuch`]);
    assert.deepEqual([missing.status, missing.stdout], [1, ""]);
    assert.match(missing.stderr, /^error: Cannot find "?\/nosuch/);

    for (const command of ["ls", "tree"]) {
      const told = await snapvm(["fs", command, "--json", `${image}:/nosuch`]);
      assert.deepEqual([told.status, told.stdout], [1, ""]);
      const empty = await snapvm(["fs", command, "--json", `${image}:/lost+found`]);
      const { contents } = JSON.parse(`{"contents":${empty.stdout}}`);
      assert.deepEqual(contents.contents ?? contents, []);
    }
  });
});
