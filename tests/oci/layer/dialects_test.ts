import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { unpackLayers } from "../../../lib/oci/mod.ts";
import { bash, hostTree, run } from "./support/host_tree.ts";
import { layerOf } from "./support/layer.ts";
import { MemoryTarget } from "./support/memory_target.ts";
import { contentDigest } from "./support/tree_lines.ts";

/** What every dialect can hold. */
const PLAIN = `
mkdir -p a/deep/folder empty; chmod 1777 empty; chown 12:34 empty
printf hello > a/file; chmod 6750 a/file; chown 1000:2000 a/file
: > a/nothing; head -c 511 /dev/zero > a/b511; head -c 512 /dev/zero > a/b512
head -c 513 /dev/zero > a/b513; seq 100000 > a/deep/folder/numbers
ln a/file a/deep/hard; ln a/file z-hard; ln -s ../file a/deep/soft; ln -s / root
printf x > "$(printf 'a/odd\\377\\001 name')"
name=$(printf 'n%.0s' {1..99}); printf y > "a/\${name:0:90}"
find . -exec touch -h -d @1234567890 {} +
`;
/** What ustar added. */
const SPECIAL = `
mknod null c 1 3; mknod disk b 259 65537; mkfifo pipe
mkdir -p "$(printf 'd%.0s' {1..90})/$(printf 'e%.0s' {1..50})"
printf z > "$(printf 'd%.0s' {1..90})/$(printf 'e%.0s' {1..50})/$(printf 'f%.0s' {1..90})"
find . -exec touch -h -d @1234567890 {} +
`;
/** What only the newer dialects hold. */
const LONG = `
long=$(printf 'l%.0s' {1..200}); mkdir -p "$long/$long"; printf w > "$long/$long/$long"
ln -s "$long/$long/$long" soft-long; ln "$long/$long/$long" hard-long
printf v > owned; chown 3000000:4294967290 owned
printf u > holes; truncate -s 300000 holes; printf t >> holes; truncate -s 1000000 holes
for i in $(seq 0 40); do printf x | dd of=many bs=1 seek=$((i * 8192)) conv=notrunc status=none; done
touch -d @-1000000 old; touch -d @20000000000 late
`;
const FINE = `
touch -d @1234567890.123456789 fine; touch -d @-1.25 finer
printf a > attributes
setfattr -n user.text -v text attributes; setfattr -n user.empty attributes
setfattr -n user.a%=b -v 0x0a003dff attributes; setfattr -n trusted.t -v 0x00 a
setfattr -n security.capability -v 0x0100000202000000000000000000000000000000 a/b511
setfattr -n user.large -v 0x$(printf 'ab%.0s' {1..900}) attributes
`;

const GNU = ["--numeric-owner", "--sort=name"];
const XATTRS = ["--xattrs", "--xattrs-include=*"];
const ROWS: readonly (readonly [string, string, string, readonly string[]])[] = [
  ["GNU tar, v7", PLAIN, "tar", [...GNU, "--format=v7"]],
  ["GNU tar, ustar", PLAIN + SPECIAL, "tar", [...GNU, "--format=ustar"]],
  ["GNU tar, oldgnu", PLAIN + SPECIAL + LONG, "tar", [...GNU, "--format=oldgnu"]],
  ["GNU tar, gnu", PLAIN + SPECIAL + LONG, "tar", [...GNU, "--format=gnu"]],
  ["GNU tar, gnu, sparse", PLAIN + SPECIAL + LONG, "tar", [...GNU, "--format=gnu", "--sparse"]],
  ["GNU tar, pax", PLAIN + SPECIAL + LONG + FINE, "tar", [...GNU, ...XATTRS, "--format=pax"]],
  ...["0.0", "0.1", "1.0"].map((version) =>
    [
      `GNU tar, pax, sparse ${version}`,
      PLAIN + SPECIAL + LONG + FINE,
      "tar",
      [...GNU, ...XATTRS, "--format=pax", "--sparse", `--sparse-version=${version}`],
    ] as const
  ),
  ["bsdtar, v7", PLAIN, "bsdtar", ["--numeric-owner", "--format=v7"]],
  ["bsdtar, ustar", PLAIN + SPECIAL, "bsdtar", ["--numeric-owner", "--format=ustar"]],
  ["bsdtar, gnutar", PLAIN + SPECIAL + LONG, "bsdtar", ["--numeric-owner", "--format=gnutar"]],
  ["bsdtar, pax", PLAIN + SPECIAL + LONG + FINE, "bsdtar", ["--numeric-owner", "--format=pax"]],
];

for (const [name, script, program, options] of ROWS) {
  Deno.test(`unpackLayers() reads what was written by ${name}`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      await bash(`mkdir from to; cd from; ${script}`, folder);
      await run(program, ["-cf", "a.tar", ...options, "-C", "from", "."], folder);
      // The dialect's own limits apply to both.
      await run("tar", [
        ...["-xpf", "a.tar", ...XATTRS, "--numeric-owner"],
        ...["--delay-directory-restore", "-C", "to"],
      ], folder);
      const target = new MemoryTarget();
      await unpackLayers(target, [layerOf(await Deno.readFile(`${folder}/a.tar`))]);
      assert.deepEqual(
        target.describe((bytes) =>
          contentDigest(bytes.length, createHash("sha256").update(bytes).digest("hex"))
        ),
        await hostTree(`${folder}/to`),
      );
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
