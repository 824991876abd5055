import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { repackArchive } from "../../../lib/commands/copy/repack_archive.ts";
import { tarEnd, tarHeader, type TarMember, tarPadding } from "../../../lib/oci/mod.ts";
import { runProgram } from "../../../scripts/images/mod.ts";

const AGENT = fileURLToPath(new URL("../../../lib/guest/agent", import.meta.url));
const SUPPORT = fileURLToPath(new URL("./support", import.meta.url));

/** The functions compiled for this machine, with sanitizers. */
async function compile(program: string, main: string, ...options: string[]): Promise<void> {
  await runProgram("clang-19", [
    ...["-std=c11", "-D_GNU_SOURCE", "-g", "-O1", "-Wall", "-Wextra", "-Werror"],
    ...options,
    ...["-o", program, join(SUPPORT, main)],
    ...["tar_in.c", "tar_out.c", "tar_text.c", "stat.c", "text.c"].map((name) => join(AGENT, name)),
  ]);
}

const SANITIZERS = "-fsanitize=address,undefined";

let compiled: Promise<string> | undefined;

/** Compiles once, for all tests. */
async function compileMain(): Promise<string> {
  const program = join(await Deno.makeTempDir(), "tar_main");
  globalThis.addEventListener(
    "unload",
    () => Deno.removeSync(join(program, ".."), { recursive: true }),
  );
  await compile(program, "tar_main.c", SANITIZERS, "-fno-sanitize-recover=undefined");
  return program;
}

/** Gives the functions as a program, and a folder to work in. */
async function withTar(test: (tar: string, folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    await test(await (compiled ??= compileMain()), folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function sh(script: string, ...words: string[]): Promise<string> {
  return await runProgram("bash", ["-euo", "pipefail", "-c", script, "sh", ...words]);
}

/** Unpacks what a program packs, as `snapvm cp - NAME:PATH` does: it goes through the host's hands. */
async function unpackPacked(
  tar: string,
  [pack, ...words]: readonly [string, ...string[]],
  to: string,
): Promise<string> {
  const packer = new Deno.Command("bash", {
    args: ["-euo", "pipefail", "-c", pack, "sh", ...words],
    stdout: "piped",
  }).spawn();
  const unpacker = new Deno.Command(tar, {
    args: ["in", to],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  await ReadableStream.from(repackArchive(packer.stdout)).pipeTo(unpacker.stdin);
  const { success, stdout, stderr } = await unpacker.output();
  assert.ok(success, new TextDecoder().decode(stderr));
  assert.ok((await packer.status).success);
  return new TextDecoder().decode(stdout);
}

/** One of everything that an archive can hold; what not all programs can, with the word `all`. */
const MAKE_TREE = `
mkdir -p "$1/deep/er" "$1/empty" && cd "$1"
long=$(printf 'n%.0s' {1..200})
mkdir -p $long/$long && echo deep > $long/$long/$long
chmod 1777 empty
echo content > file && ln file hard && ln file deep/hard
ln -s ../file deep/link && ln -s $(printf 'x%.0s' {1..150}) long-link
mkfifo fifo && mknod null c 1 3 && mknod disk b 259 70000
touch -d '2001-02-03 04:05:06.123456789' new && chown 3000000:12 new && chmod 4755 new
truncate -s 30M holes && printf data | dd of=holes bs=1 seek=20000001 conv=notrunc status=none
for at in {0..60}; do printf x | dd of=many bs=4k seek=$((at * 40)) conv=notrunc status=none; done
truncate -s 20M only-a-hole
head -c 700000 /dev/urandom > large
printf x > $'line\\nend'
chmod 555 deep/er
if [[ $2 == all ]]; then
  touch -d '1969-12-31 23:59:58.5' old
  printf x > $'bad\\xff\\xfename' && printf x > $'bad\\xff\\xfename'$long
  setfattr -n user.empty -v '' file && setfattr -n 'user.a=b%' -v $'\\x01\\x02' large
  setfattr -n user.folder -v y deep && setfattr -h -n trusted.link -v z long-link
fi
`;

/** All that the system knows of a tree. */
const DESCRIBE = `
cd "$1"
find . -printf '%P %y %m %U %G %l %n %D-\\n' | sed 's/ [0-9]*-$//' | LC_ALL=C sort
find . -printf '%P %T+\\n' | LC_ALL=C sort
find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
find . ! -type d ! -type f -exec stat -c '%n %t:%T' {} + | LC_ALL=C sort
find . -print0 | LC_ALL=C sort -z | xargs -0 getfattr -h -d -m - 
`;

/** Reads and makes trees as the agent does, by another program. */
const UNPACKERS = {
  "GNU tar": ["all", `tar --xattrs --xattrs-include='*' -xpf - -C "$1" 2>/dev/null`],
  "bsdtar": ["some", `bsdtar -xpf - -C "$1"`],
} as const;

const PACKERS = {
  "GNU tar, PAX": ["all", `tar --xattrs --xattrs-include='*' -cSf - --format=pax -C "$1" .`],
  "GNU tar, sparse 0.0": ["some", `tar -cSf - --format=pax --sparse-version=0.0 -C "$1" .`],
  "GNU tar, sparse 0.1": ["some", `tar -cSf - --format=pax --sparse-version=0.1 -C "$1" .`],
  "GNU tar, its own format": ["some", `tar -cSf - --format=gnu -C "$1" .`],
  "bsdtar": ["some", `bsdtar -cf - --format=pax -C "$1" .`],
} as const;

Deno.test("tar_out() makes archives that other programs unpack into the same tree", async (t) => {
  await withTar(async (tar, folder) => {
    for (const [name, [kind, unpack]] of Object.entries(UNPACKERS)) {
      await t.step(name, async () => {
        const [from, to] = [`${folder}/from-${kind}`, `${folder}/to-${kind}`];
        await sh(MAKE_TREE, from, kind);
        await Deno.mkdir(to);
        await sh(`"$2" out "$3" tree | { ${unpack}; }`, to, tar, from);
        assert.equal(await sh(DESCRIBE, `${to}/tree`), await sh(DESCRIBE, from));
        assert.equal(
          await sh(`du -k "$1/many" | cut -f1`, `${to}/tree`),
          await sh(`du -k "$1/many" | cut -f1`, from),
        );
      });
    }
  });
});

Deno.test("tar_in() makes the trees that other programs packed and the host wrote anew", async (t) => {
  await withTar(async (tar, folder) => {
    let number = 0;
    for (const [name, [kind, pack]] of Object.entries(PACKERS)) {
      await t.step(name, async () => {
        const [from, to] = [`${folder}/from-${number}`, `${folder}/to-${number++}`];
        await sh(MAKE_TREE, from, kind);
        await Deno.mkdir(to);
        // GNU's own format knows no parts of seconds.
        const round = name.endsWith("own format") ? " | sed 's/[.][0-9]*$//'" : "";
        await unpackPacked(tar, [pack, from], to);
        const describe = DESCRIBE.replace("'%P %T+\\n'", `'%P %T+\\n'${round}`);
        assert.equal(await sh(describe, to), await sh(describe, from));
        assert.equal(
          await sh(`du -k "$1/many" | cut -f1`, to),
          await sh(`du -k "$1/many" | cut -f1`, from),
        );
      });
    }
  });
});

Deno.test("tar_in() makes the tree that tar_out() packed", async () => {
  await withTar(async (tar, folder) => {
    const [from, to] = [`${folder}/from`, `${folder}/to`];
    await sh(MAKE_TREE, from, "all");
    await Deno.mkdir(to);
    await sh(`"$2" out "$1" . | "$2" in "$3"`, from, tar, to);
    assert.equal(await sh(DESCRIBE, to), await sh(DESCRIBE, from));
    assert.equal(
      await sh(`du -k "$1/many" | cut -f1`, to),
      await sh(`du -k "$1/many" | cut -f1`, from),
    );
  });
});

Deno.test("tar_in() reads ustar archives directly, and version 7 archives through the host", async () => {
  await withTar(async (tar, folder) => {
    await sh(
      `
deep=$(printf 'n%.0s' {1..90})/$(printf 'm%.0s' {1..90})
mkdir -p "$1/a/$deep" "$1/ustar" "$1/v7"
cd "$1/a"
echo x > $deep/file
echo x > file
ln -s file link
touch -d @1000000000 $deep/file $deep n* file
`,
      folder,
    );
    const pack = (format: string, what: string) =>
      `cd "$1/a" && tar -cf - --format=${format} ${what}`;
    assert.equal(
      await sh(`{ ${pack("ustar", ".")}; } | "$2" in "$1/ustar"`, folder, tar),
      "6\n",
    );
    await sh(`diff -r "$1/a" "$1/ustar"`, folder);
    assert.equal(await unpackPacked(tar, [pack("v7", "file link"), folder], `${folder}/v7`), "2\n");
    await sh(`diff "$1/a/file" "$1/v7/file" && test -L "$1/v7/link"`, folder);
  });
});

Deno.test("tar_in() refuses what only the host understands", async (t) => {
  /** How GNU tar makes it, and what is said of it. */
  const dialects = {
    "GNU's own format": ["--format=gnu", /it is not a PAX archive/],
    "version 7": ["--format=v7", /it is not a PAX archive/],
    "sparse 0.0": ["--format=pax -S --sparse-version=0.0", /a sparse file is of an old format/],
    "sparse 0.1": ["--format=pax -S --sparse-version=0.1", /a sparse file is of an old format/],
    "a global header": ["--format=pax --pax-option=mtime=5", /has a type that is not known/],
  } as const;
  await withTar(async (tar, folder) => {
    await sh(
      `mkdir "$1/from" "$1/to" && truncate -s 1M "$1/from/x" && echo x >> "$1/from/x"`,
      folder,
    );
    for (const [name, [options, message]] of Object.entries(dialects)) {
      await t.step(name, async () => {
        await assert.rejects(
          sh(`tar -cf - ${options} -C "$1/from" x | "$2" in "$1/to"`, folder, tar),
          message,
        );
        assert.deepEqual([...Deno.readDirSync(`${folder}/to`)], []);
      });
    }
  });
});

Deno.test("tar_out() goes on while the tree changes", async () => {
  await withTar(async (tar, folder) => {
    const script = `
mkdir "$1/tree" && cd "$1/tree"
mkdir {1..200} && for n in {1..200}; do head -c 20000 /dev/zero > $n/file; done
(for n in {1..200}; do rm -rf $((201 - n)); truncate -s 10 $n/file 2>/dev/null || true; mkfifo $n/fifo 2>/dev/null || true; done) &
for round in 1 2 3; do "$2" out . . | tar -tf - > /dev/null; done
wait
`;
    await sh(script, folder, tar);
  });
});

Deno.test("tar_out() packs one file, a link or what it leads to, and files of procfs", async () => {
  await withTar(async (tar, folder) => {
    const list = async (path: string) =>
      await sh(`"$1" out "$2" x | tar -tvf - | cut -c1`, tar, path);
    await sh(`cd "$1" && mkdir d && touch d/f && ln -s d l && ln -s f fl`, folder);
    assert.equal(await list(`${folder}/d/f`), "-\n");
    assert.equal(await list(`${folder}/l`), "l\n");
    assert.equal(await list(`${folder}/l/`), "d\n-\n");
    assert.equal(
      await sh(`"$1" out /proc/sys/kernel/ostype x | tar -xOf -`, tar),
      await Deno.readTextFile("/proc/sys/kernel/ostype"),
    );
    await assert.rejects(list(`${folder}/none`), /x cannot be read: No such file or directory/);
  });
});

type Given = Pick<TarMember, "type"> & { path: string; link?: string; text?: string };

function archiveOf(members: readonly Given[]): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const parts = members.flatMap(({ path, type, link, text = "" }) => [
    tarHeader({
      path: encoder.encode(path),
      type,
      mode: 0o755,
      uid: 0,
      gid: 0,
      size: text.length,
      mtimeNs: 0n,
      ...link !== undefined && { linkPath: encoder.encode(link) },
    }),
    encoder.encode(text),
    tarPadding(text.length),
  ]);
  return new Uint8Array([...parts, tarEnd].flatMap((part) => [...part]));
}

const evil = { type: "file", text: "evil" } as const;

/** Archives that would write outside, with what is said of them; nothing if they are harmless. */
const HOSTILE: Readonly<Record<string, { members: readonly Given[]; message?: RegExp }>> = {
  "two dots": {
    members: [{ path: "../evil", ...evil }],
    message: /leads out of the folder/,
  },
  "two dots inside": {
    members: [{ path: "a/../../evil", ...evil }],
    message: /leads out of the folder/,
  },
  "an absolute path": { members: [{ path: "/evil", ...evil }] },
  "through a relative link": {
    members: [{ path: "l", type: "symlink", link: ".." }, { path: "l/evil", ...evil }],
    message: /l\/evil leads through a link out of the folder/,
  },
  "through an absolute link": {
    members: [{ path: "l", type: "symlink", link: "OUTSIDE" }, { path: "l/evil", ...evil }],
    message: /leads through a link out of the folder/,
  },
  "through a chain of links": {
    members: [
      { path: "a", type: "directory" },
      { path: "a/l", type: "symlink", link: "../.." },
      { path: "m", type: "symlink", link: "a/l" },
      { path: "m/evil", ...evil },
    ],
    message: /leads through a link out of the folder/,
  },
  "through a link that stays inside": {
    members: [
      { path: "a", type: "directory" },
      { path: "l", type: "symlink", link: "a" },
      { path: "l/good", ...evil },
    ],
  },
  "a folder through a link": {
    members: [{ path: "l", type: "symlink", link: "OUTSIDE" }, { path: "l/", type: "directory" }],
    message: /is not a folder, and is one in the archive/,
  },
  "new folders through a link": {
    members: [{ path: "l", type: "symlink", link: "OUTSIDE" }, {
      path: "l/b/c/",
      type: "directory",
    }],
    message: /leads through a link out of the folder/,
  },
  "in the place of a link": {
    members: [{ path: "l", type: "symlink", link: "OUTSIDE/victim" }, { path: "l", ...evil }],
  },
  "another name of a file outside": {
    members: [{ path: "h", type: "link", link: "../outside/victim" }, { path: "h", ...evil }],
    message: /leads out of the folder/,
  },
  "another name through a link": {
    members: [
      { path: "l", type: "symlink", link: "OUTSIDE" },
      { path: "h", type: "link", link: "l/victim" },
    ],
    message: /leads through a link out of the folder/,
  },
};

Deno.test("tar_in() writes nothing outside its folder", async (t) => {
  await withTar(async (tar, folder) => {
    for (const [name, { members, message }] of Object.entries(HOSTILE)) {
      await t.step(name, async () => {
        const base = await Deno.makeTempDir({ dir: folder });
        const outside = `${base}/outside`;
        for (const each of [outside, `${base}/inside`]) await Deno.mkdir(each);
        await Deno.writeTextFile(`${outside}/victim`, "victim");
        await Deno.writeFile(
          `${base}/archive`,
          archiveOf(members.map(({ link, ...member }) => ({
            ...member,
            ...link !== undefined && { link: link.replace("OUTSIDE", outside) },
          }))),
        );
        const unpacked = sh(`"$1" in "$2/inside" < "$2/archive"`, tar, base);
        if (message === undefined) await unpacked;
        else await assert.rejects(unpacked, message);
        const names = (path: string) => [...Deno.readDirSync(path)].map(({ name }) => name).sort();
        assert.deepEqual(names(base), ["archive", "inside", "outside"]);
        assert.deepEqual(names(outside), ["victim"]);
        assert.equal(await Deno.readTextFile(`${outside}/victim`), "victim");
        assert.equal((await Deno.stat(`${outside}/victim`)).nlink, 1);
      });
    }
  });
});

Deno.test("tar_in() says what is wrong with an archive", async (t) => {
  const file = archiveOf([{ path: "file", ...evil }]);
  const changed = (at: number, text: string) => {
    const bytes = file.slice();
    bytes.set(new TextEncoder().encode(text), at);
    return bytes;
  };
  /** A header with another type, and the checksum that belongs to it. */
  const typed = (type: string) => {
    const bytes = changed(156, type);
    bytes.fill(0x20, 148, 156);
    const sum = bytes.subarray(0, 512).reduce((sum, byte) => sum + byte, 0);
    bytes.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
    return bytes;
  };
  const rows: Readonly<Record<string, readonly [Uint8Array, RegExp]>> = {
    "nothing": [new Uint8Array(), /the archive is damaged before byte 0: it ends too early/],
    "no archive": [new TextEncoder().encode("x".repeat(1024)), /a header's checksum is wrong/],
    "a wrong checksum": [changed(0, "g"), /a header's checksum is wrong/],
    "cut in a header": [file.subarray(0, 100), /it ends too early/],
    "cut in a file": [file.subarray(0, 514), /it ends too early/],
    "an unknown type": [typed("Q"), /file has a type that is not known/],
  };
  await withTar(async (tar, folder) => {
    for (const [name, [bytes, message]] of Object.entries(rows)) {
      await t.step(name, async () => {
        await Deno.writeFile(`${folder}/archive`, bytes);
        await Deno.mkdir(`${folder}/inside`);
        await assert.rejects(sh(`"$1" in "$2/inside" < "$2/archive"`, tar, folder), message);
        assert.deepEqual([...Deno.readDirSync(`${folder}/inside`)], []);
        await Deno.remove(`${folder}/inside`);
      });
    }
  });
});

Deno.test("tar_in() gives everything the owner that is asked for", async () => {
  await withTar(async (tar, folder) => {
    const script = `
mkdir -p "$1/from/a/b" "$1/to" && ln -s x "$1/from/a/l" && touch "$1/from/a/f"
tar -cf - --format=ustar -C "$1/from" a/b a/l a/f | "$2" in "$1/to" 12:34 && find "$1/to" -mindepth 1 -printf '%P %U:%G\\n' | sort
`;
    assert.equal(await sh(script, folder, tar), "3\na 12:34\na/b 12:34\na/f 12:34\na/l 12:34\n");
  });
});

Deno.test("tar_in() replaces folders only if it is told to, and none that has something in it", async () => {
  await withTar(async (tar, folder) => {
    await Deno.writeFile(`${folder}/archive`, archiveOf([{ path: "x", ...evil }]));
    const unpack = async (...words: string[]) =>
      await sh(
        `to=$2; tar=$1; shift 2; "$tar" in "$to/to" "$@" < "$to/archive"`,
        tar,
        folder,
        ...words,
      );
    await Deno.mkdir(`${folder}/to/x`, { recursive: true });
    await assert.rejects(unpack(), /x is a folder, and is something else in the archive/);
    await Deno.writeTextFile(`${folder}/to/x/y`, "");
    await assert.rejects(unpack("-", "replace"), /x cannot be replaced: Directory not empty/);
    await Deno.remove(`${folder}/to/x/y`);
    await unpack("-", "replace");
    assert.equal(await Deno.readTextFile(`${folder}/to/x`), "evil");
  });
});

Deno.test("stat_path() says what is at a path", async () => {
  await withTar(async (tar, folder) => {
    await sh(
      `cd "$1" && printf abc > f && chmod 640 f && chown 12:34 f && ln -s f l && mkfifo p`,
      folder,
    );
    const stat = async (name: string) => await runProgram(tar, ["stat", `${folder}/${name}`]);
    assert.equal(await stat("f"), "type=file size=3 mode=0640 uid=12 gid=34 ");
    assert.equal(await stat("l"), "type=symlink size=1 mode=0777 uid=0 gid=0 target=f ");
    assert.match(await stat("p"), /^type=fifo size=0 /);
    assert.match(await stat("."), /^type=directory .* mode=0700 /);
    await assert.rejects(stat("none"), /none cannot be looked at: No such file or directory/);
  });
});

Deno.test("tar_in() survives what a fuzzer makes of archives", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const [program, corpus, tree] = ["fuzz", "corpus", "tree"].map((name) =>
      `${folder}/${name}`
    ) as [string, string, string];
    await compile(
      program,
      "tar_fuzz.c",
      `${SANITIZERS},fuzzer`,
      "-DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION",
    );
    await Deno.mkdir(corpus);
    await sh(
      `
mkdir -p "$1/d" && cd "$1" && echo hi > a && ln a b && ln -s a l && ln -s ../.. up && mkfifo f
truncate -s 1M holes && echo x >> holes && setfattr -n user.x -v y a && echo 1 > d/$(printf 'n%.0s' {1..120})
tar --xattrs -b1 -cSf "$2/pax" --format=pax . && tar -b1 -cf "$2/ustar" --format=ustar a b l up f
tar -b1 -cSf "$2/old" --format=pax --sparse-version=0.1 . && chmod -R 777 "$2" "$2/.."
`,
      tree,
      corpus,
    );
    // Not as root: it makes devices, too.
    await runProgram("env", [
      ...["-C", folder, "setpriv", "--reuid", "65534", "--clear-groups", program],
      ...["-runs=10000", "-max_len=65536", "-seed=1", corpus],
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
