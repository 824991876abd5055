import assert from "node:assert/strict";
import { repackArchive } from "../../../lib/commands/copy/repack_archive.ts";
import { hasCode } from "../../../lib/error/mod.ts";

type Bytes = Uint8Array<ArrayBuffer>;

async function run(program: string, words: readonly string[], input?: Bytes): Promise<Bytes> {
  const child = new Deno.Command(program, {
    args: [...words],
    stdin: input === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const sent = input && ReadableStream.from([input]).pipeTo(child.stdin);
  const { success, stdout, stderr } = await child.output();
  assert.ok(success, new TextDecoder().decode(stderr));
  await sent;
  return stdout;
}

async function repacked(archive: AsyncIterable<Bytes>): Promise<Bytes> {
  return new Uint8Array(await new Response(ReadableStream.from(repackArchive(archive))).bytes());
}

Deno.test("repackArchive() keeps what GNU tar sees of an archive of its own", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const long = "n".repeat(150);
    const script = `cd "$1" && mkdir d && echo x > d/${long} && ln d/${long} hard && ln -s ${long} l
      mkfifo p && truncate -s 1M holes && echo end >> holes && chmod 6750 holes && touch -d @1000000000 *`;
    await run("bash", ["-euc", script, "", folder]);
    const list = ["--numeric-owner", "--full-time", "-tvf", "-"];
    for (const format of ["gnu", "pax"]) {
      const archive = await run("tar", ["-cSf", "-", `--format=${format}`, "-C", folder, "."]);
      // Headers, names and data lie across the pieces.
      const pieces = async function* () {
        for (let at = 0; at < archive.length; at += 700) yield archive.slice(at, at + 700);
      };
      const anew = await repacked(pieces());
      // Folders are such by their type, and have no slash at their ends.
      const text = async (bytes: Bytes) =>
        new TextDecoder().decode(await run("tar", list, bytes)).replaceAll("/\n", "\n");
      assert.equal(await text(anew), await text(archive));
      assert.doesNotMatch(new TextDecoder("latin1").decode(anew), /LongLink|ustar {2}/);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("repackArchive() refuses what is no archive, or not a whole one", async () => {
  const archive = await run("tar", ["-cf", "-", "--format=gnu", "-C", "/etc", "passwd"]);
  for (const bytes of [[], [new Uint8Array()], [archive.slice(0, 700)], [archive.fill(7, 0, 9)]]) {
    await assert.rejects(
      repacked(ReadableStream.from(bytes)),
      (error) => hasCode(error, "corrupt-archive"),
    );
  }
});

Deno.test("repackArchive() passes on why an archive could not be read, and reads no more than is wanted", async () => {
  const broken = async function* (): AsyncGenerator<Bytes> {
    yield new Uint8Array(await run("tar", ["-cf", "-", "-C", "/etc", "passwd"])).slice(0, 700);
    throw new Error("gone");
  };
  await assert.rejects(repacked(broken()), /^Error: gone$/);
  let read = 0;
  let isEnded = false;
  const endless = async function* (): AsyncGenerator<Bytes> {
    const archive = await run("tar", ["-cf", "-", "-b1", "-C", "/etc", "passwd"]);
    try {
      for (;;) {
        read++;
        yield archive.slice(0, archive.length - 1024);
      }
    } finally {
      isEnded = true;
    }
  };
  const output = repackArchive(endless());
  for (let piece = 0; piece < 5; piece++) await output.next();
  await output.return(undefined);
  await new Promise((resolve) => setTimeout(resolve));
  assert.ok(read <= 5, `${read} pieces`);
  assert.ok(isEnded);
});
