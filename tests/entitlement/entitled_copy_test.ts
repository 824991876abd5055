import assert from "node:assert/strict";
import { basename, join } from "node:path";
import {
  findEntitledCopy,
  isEntitled,
  makeEntitledCopy,
  VIRTUALIZATION_ENTITLEMENT,
} from "../../lib/entitlement/mod.ts";
import { readSignature } from "../../lib/entitlement/read_signature.ts";
import { signMachO } from "../../lib/entitlement/sign_macho.ts";
import { makeLibrary, makeProgram } from "./support/test_objects.ts";
import { temporaryFolder } from "../vm/support/temporary_folder.ts";

/** A shell script that is there in place of `codesign`. */
async function makeScript(path: string, text: string): Promise<string> {
  await Deno.writeTextFile(path, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  return path;
}

/** What a folder holds. */
function names(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), ({ name }) => name);
}

/** Programs to be copied, and programs that sign them. */
async function prepare(folder: string) {
  const program = await makeProgram(folder, { signed: true });
  const signed = join(folder, "signed by codesign");
  await signMachO(program, signed, {
    identifier: "from.codesign",
    entitlements: { [VIRTUALIZATION_ENTITLEMENT]: true },
  });
  const calls = join(folder, "calls");
  const good = `printf '%s\\n' "$@" >>'${calls}'
    for last; do :; done
    cat "\${last}.plist" >>'${calls}'
    cp '${signed}' "$last"`;
  return {
    program,
    calls,
    folder: join(folder, "home", "entitled"),
    codesign: await makeScript(join(folder, "codesign"), good),
    noXattr: join(folder, "no xattr"),
  };
}

Deno.test("makeEntitledCopy() signs a copy with codesign, once, and leaves the program alone", async () => {
  await using temporary = await temporaryFolder();
  const { program, calls, folder, codesign } = await prepare(temporary.path);
  const xattr = await makeScript(join(temporary.path, "xattr"), `echo "xattr $1" >>'${calls}'`);
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  for (const name of [".killed", ".killed.plist"]) await Deno.writeTextFile(join(folder, name), "");
  const before = { bytes: await Deno.readFile(program), mtime: (await Deno.stat(program)).mtime };
  assert.equal(await isEntitled(program), false);
  const copy = await makeEntitledCopy(program, { folder, codesign, xattr });

  assert.deepEqual(names(folder), [basename(copy)]);
  assert.ok(basename(copy).startsWith("signed-"));
  assert.equal((await Deno.stat(copy)).mode! & 0o777, 0o700);
  assert.equal((await Deno.stat(folder)).mode! & 0o777, 0o700);
  assert.equal((await readSignature(copy))?.identifier, "from.codesign");
  const [first, ...call] = (await Deno.readTextFile(calls)).split("\n");
  assert.equal(first, "xattr -c");
  assert.deepEqual(call.slice(0, 6), [
    ...["-f", "--sign", "-", "--identifier", "dev.snapvm", "--entitlements"],
  ]);
  assert.match(call.join("\n"), /<key>com\.apple\.security\.virtualization<\/key>\n\t<true\/>/);

  assert.equal(await makeEntitledCopy(program, { folder, codesign, xattr }), copy);
  assert.equal(await findEntitledCopy(program, folder), copy);
  assert.equal((await Deno.readTextFile(calls)).split("xattr -c").length, 2);
  assert.deepEqual(
    { bytes: await Deno.readFile(program), mtime: (await Deno.stat(program)).mtime },
    before,
  );
});

Deno.test("makeEntitledCopy() signs by itself if codesign is missing or fails", async (t) => {
  await using temporary = await temporaryFolder();
  const { program, folder, noXattr } = await prepare(temporary.path);
  const failing = await makeScript(
    join(temporary.path, "failing"),
    "echo 'codesign_allocate helper tool cannot be found' >&2; exit 1",
  );
  for (const codesign of [join(temporary.path, "no such program"), failing]) {
    await t.step(basename(codesign), async () => {
      const copy = await makeEntitledCopy(program, { folder, codesign, xattr: noXattr });
      const signature = await readSignature(copy);
      assert.equal(signature?.identifier, "dev.snapvm");
      assert.equal(await isEntitled(copy), true);
      assert.deepEqual(names(folder), [basename(copy)]);
      await Deno.remove(copy);
    });
  }
});

Deno.test("makeEntitledCopy() says why it cannot sign, and leaves nothing behind", async (t) => {
  await using temporary = await temporaryFolder();
  const { program, folder, noXattr } = await prepare(temporary.path);
  const failing = await makeScript(
    join(temporary.path, "failing"),
    "echo 'codesign_allocate helper tool cannot be found' >&2; exit 1",
  );
  const useless = await makeScript(join(temporary.path, "useless"), "exit 0");
  const rows = [
    {
      name: "an Intel program that codesign refuses",
      program: await makeLibrary(temporary.path, "x86_64"),
      codesign: failing,
      says: /failing says: codesign_allocate helper tool cannot be found$/,
      reason: "unsignable",
    },
    {
      name: "a program that is not a Mach-O file",
      program: failing,
      codesign: join(temporary.path, "missing"),
      says: /there is no .*missing$/,
      reason: "unsignable",
    },
    {
      name: "a codesign that loses the entitlement",
      program,
      codesign: useless,
      says: /its new signature does not have the entitlement$/,
      reason: "not-granted",
    },
  ];
  for (const { name, program, codesign, says, reason } of rows) {
    await t.step(name, async () => {
      await assert.rejects(
        makeEntitledCopy(program, { folder, codesign, xattr: noXattr }),
        { code: "entitlement-missing", message: says, data: { program, reason } },
      );
      assert.deepEqual(names(folder), []);
    });
  }
  await t.step("a folder that others can write to", async () => {
    await Deno.chmod(folder, 0o777);
    await assert.rejects(
      makeEntitledCopy(program, { folder, codesign: useless, xattr: noXattr }),
      {
        code: "folder-not-private",
        message: `Cannot keep a signed copy of snapvm in ${folder}: others can write to it`,
        data: { path: folder, isOwn: true },
      },
    );
  });
});

Deno.test("makeEntitledCopy() replaces the copy of a program that was updated, and that one only", async () => {
  await using temporary = await temporaryFolder();
  const { program, folder, codesign, noXattr } = await prepare(temporary.path);
  const other = join(temporary.path, "other");
  await Deno.copyFile(program, other);
  const options = { folder, codesign, xattr: noXattr };
  const copies = [await makeEntitledCopy(program, options), await makeEntitledCopy(other, options)];
  assert.deepEqual(names(folder).sort(), copies.map((copy) => basename(copy)).sort());
  await Deno.utime(program, new Date(0), new Date(0));
  assert.equal(await findEntitledCopy(program, folder), undefined);
  const updated = await makeEntitledCopy(program, options);
  assert.notEqual(updated, copies[0]);
  assert.deepEqual(
    names(folder).sort(),
    [updated, copies[1]!].map((copy) => basename(copy)).sort(),
  );
});

Deno.test("makeEntitledCopy() makes a damaged copy again", async () => {
  await using temporary = await temporaryFolder();
  const { program, folder, codesign, noXattr } = await prepare(temporary.path);
  const options = { folder, codesign, xattr: noXattr };
  const copy = await makeEntitledCopy(program, options);
  await Deno.copyFile(program, copy);
  assert.equal(await findEntitledCopy(program, folder), undefined);
  assert.equal(await makeEntitledCopy(program, options), copy);
  assert.equal(await isEntitled(copy), true);
});
