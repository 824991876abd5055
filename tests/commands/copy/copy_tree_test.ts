import assert from "node:assert/strict";
import { packTree } from "../../../lib/commands/copy/pack_tree.ts";
import { unpackTree } from "../../../lib/commands/copy/unpack_tree.ts";
import { hasCode } from "../../../lib/error/mod.ts";
import { tarEnd, tarHeader, type TarMember, tarPadding } from "../../../lib/oci/mod.ts";

const encoder = new TextEncoder();

/** A tree with one of everything that an archive has. */
async function makeTree(folder: string): Promise<void> {
  await run("bash", [
    "-euc",
    `
cd "$1"
mkdir -p deep/er/${"n".repeat(120)} empty
chmod 1777 empty
echo content > file
ln file hard
ln -s ../file deep/link
ln -s ${"x".repeat(150)} long-link
mkfifo fifo
touch -d '1969-12-31 23:59:58.5' old
touch -d '2001-02-03 04:05:06.123' new
chmod 640 new
truncate -s 50M holes
printf end | dd of=holes bs=1 seek=30000001 conv=notrunc status=none
head -c 700000 /dev/urandom > large
chmod 555 deep/er
`,
    "",
    folder,
  ]);
}

async function run(
  program: string,
  args: readonly string[],
  input?: AsyncIterable<Uint8Array>,
): Promise<string> {
  const child = new Deno.Command(program, {
    args: [...args],
    stdin: input === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const sent = input && ReadableStream.from(input).pipeTo(child.stdin);
  const { success, stdout, stderr } = await child.output();
  assert.ok(success, new TextDecoder().decode(stderr));
  await sent;
  return new TextDecoder().decode(stdout);
}

/** All that the system knows of a tree, as text. */
async function describe(folder: string): Promise<string> {
  const script = `
cd "$1"
find . -printf '%P %y %m %U %G %l %n\\n' | sort
find . ! -type l -printf '%P %.23T+\\n' | sort
find . -type f -print0 | sort -z | xargs -0 sha256sum
`;
  return await run("bash", ["-euc", script, "", folder]);
}

const onProblem = (path: string, why: string) => assert.fail(`${path}: ${why}`);

Deno.test("packTree() makes an archive that GNU tar unpacks into the same tree", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/from`);
    await makeTree(`${folder}/from`);
    let read = 0;
    const onBytes = (count: number) => read += count;
    const archive = packTree(`${folder}/from`, { name: "to", onProblem, onBytes });
    await run("tar", ["-xpf", "-", "-C", folder], archive);
    assert.equal(await describe(`${folder}/to`), await describe(`${folder}/from`));
    assert.ok((await Deno.stat(`${folder}/to/holes`)).blocks! < 100);
    assert.ok(read < 1_000_000);
  } finally {
    await run("chmod", ["-R", "u+w", folder]);
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("packTree() packs the contents alone, and tells what it cannot pack", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/a`, "");
    await Deno.mkdir(`${folder}/b`);
    using _socket = Deno.listen({ transport: "unix", path: `${folder}/socket` });
    const problems: string[] = [];
    const archive = packTree(folder, {
      name: ".",
      onProblem: (path, why) => problems.push(`${path}: ${why}`),
    });
    assert.equal(await run("tar", ["-t"], archive), "a\nb/\n");
    assert.deepEqual(problems, [`${folder}/socket: an archive cannot have sockets`]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("unpackTree() makes the tree that GNU tar packed", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/from`);
    await makeTree(`${folder}/from`);
    const tar = new Deno.Command("tar", {
      args: ["-cSf", "-", "--format=pax", "-C", folder, "from"],
      stdout: "piped",
    }).spawn();
    const problems: unknown[] = [];
    await unpackTree(tar.stdout, "from", `${folder}/to`, {
      keepOwners: true,
      onProblem: (...problem) => problems.push(problem),
    });
    assert.equal((await tar.status).code, 0);
    assert.deepEqual(problems, [["from/fifo", "it is a fifo", false]]);
    await Deno.remove(`${folder}/from/fifo`);
    await run("touch", ["-r", `${folder}/to`, `${folder}/from`]);
    assert.equal(await describe(`${folder}/to`), await describe(`${folder}/from`));
    assert.ok((await Deno.stat(`${folder}/to/holes`)).blocks! < 100);
  } finally {
    await run("chmod", ["-R", "u+w", folder]);
    await Deno.remove(folder, { recursive: true });
  }
});

type Given = Pick<TarMember, "type"> & { path: string; link?: string; text?: string };

async function* archiveOf(members: readonly Given[]): AsyncGenerator<Uint8Array> {
  for (const { path, type, link, text = "" } of members) {
    yield tarHeader({
      path: encoder.encode(path),
      type,
      mode: 0o6755,
      uid: 0,
      gid: 0,
      size: text.length,
      mtimeNs: 0n,
      ...link !== undefined && { linkPath: encoder.encode(link) },
    });
    yield encoder.encode(text);
    yield tarPadding(text.length);
  }
  yield tarEnd;
}

const outside = { path: "OUTSIDE/evil", type: "file", text: "evil" } as const;

const HOSTILE: Readonly<Record<string, { members: readonly Given[]; error?: string }>> = {
  "a member above": { members: [{ ...outside, path: "../evil" }], error: "corrupt-archive" },
  "an absolute member": { members: [{ ...outside, path: "/evil" }], error: "corrupt-archive" },
  "two dots in the middle": {
    members: [{ path: "x", type: "directory" }, { ...outside, path: "x/../../evil" }],
    error: "corrupt-archive",
  },
  "another name": { members: [{ ...outside, path: "y" }], error: "corrupt-archive" },
  "a name that begins alike": {
    members: [{ ...outside, path: "xevil" }],
    error: "corrupt-archive",
  },
  "a file through its own link": {
    members: [
      { path: "x", type: "directory" },
      { path: "x/link", type: "symlink", link: "OUTSIDE" },
      { ...outside, path: "x/link/evil" },
    ],
  },
  "a file through a link in the place of everything": {
    members: [
      { path: "x", type: "symlink", link: "OUTSIDE" },
      { ...outside, path: "x/evil" },
    ],
  },
  "a file in the place of a link": {
    members: [
      { path: "x", type: "directory" },
      { path: "x/link", type: "symlink", link: "OUTSIDE/evil" },
      { ...outside, path: "x/link" },
    ],
  },
  "a folder in the place of a link": {
    members: [
      { path: "x", type: "directory" },
      { path: "x/link", type: "symlink", link: "OUTSIDE" },
      { path: "x/link", type: "directory" },
      { ...outside, path: "x/link/evil" },
    ],
    error: "unwritable",
  },
  "another name of a file outside": {
    members: [
      { path: "x", type: "directory" },
      { path: "x/hard", type: "link", link: "../victim" },
    ],
    error: "corrupt-archive",
  },
  "another name through a link": {
    members: [
      { path: "x", type: "directory" },
      { path: "x/link", type: "symlink", link: "OUTSIDE" },
      { path: "x/hard", type: "link", link: "x/link/victim" },
      { ...outside, path: "x/hard" },
    ],
  },
  "a link in the place of a folder": {
    members: [
      { path: "x", type: "directory" },
      { path: "x/folder", type: "directory" },
      { path: "x/folder/file", type: "file", text: "good" },
      { path: "x/folder", type: "symlink", link: "OUTSIDE" },
    ],
    error: "unwritable",
  },
};

Deno.test("unpackTree() writes nothing outside its place", async (t) => {
  for (const [name, { members, error }] of Object.entries(HOSTILE)) {
    await t.step(name, async () => {
      const folder = await Deno.makeTempDir();
      const victim = `${folder}/outside`;
      await Deno.mkdir(victim);
      await Deno.writeTextFile(`${victim}/victim`, "victim");
      const fill = (text: string) => text.replace("OUTSIDE", victim);
      try {
        const archive = archiveOf(members.map((member) => ({
          ...member,
          path: fill(member.path),
          ...member.link !== undefined && { link: fill(member.link) },
        })));
        const unpacked = unpackTree(archive, "x", `${folder}/place`, { onProblem: () => {} });
        if (error === undefined) await unpacked;
        else await assert.rejects(unpacked, (thrown) => hasCode(thrown, error as "unwritable"));
        assert.deepEqual([...Deno.readDirSync(victim)].map(({ name }) => name), ["victim"]);
        assert.equal(await Deno.readTextFile(`${victim}/victim`), "victim");
        const rest = [...Deno.readDirSync(folder)].map(({ name }) => name)
          .filter((name) => name !== "place");
        assert.deepEqual(rest, ["outside"]);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    });
  }
});

Deno.test("unpackTree() keeps set-id bits only with the owners", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (const [keepOwners, mode] of [[false, 0o755], [true, 0o6755]] as const) {
      const place = `${folder}/${keepOwners}`;
      const archive = archiveOf([{ path: "x", type: "file", text: "x" }]);
      await unpackTree(archive, "x", place, { keepOwners, onProblem });
      assert.equal((await Deno.stat(place)).mode! & 0o7777, mode);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
