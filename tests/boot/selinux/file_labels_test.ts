import assert from "node:assert/strict";
import { join } from "node:path";
import { HostFolder, readSelinuxPolicy } from "../../../lib/boot/mod.ts";
import type { FileKind } from "../../../lib/boot/selinux/file_contexts.ts";
import { PathPattern } from "../../../lib/boot/selinux/path_pattern.ts";
import { hasCode } from "../../../lib/error/mod.ts";

/** The words of `matchpathcon -m`. */
const KINDS: readonly (readonly [FileKind, string])[] = [
  ["-", "file"],
  ["d", "dir"],
  ["l", "lnk_file"],
  ["c", "chr_file"],
  ["b", "blk_file"],
  ["p", "pipe"],
  ["s", "sock_file"],
];

const CONTEXTS = String.raw`
# a comment
/.*						system_u:object_r:default_t:s0
/				-d	system_u:object_r:root_t:s0
/usr/.*					system_u:object_r:usr_t:s0
/usr(/.*)?/lib(64)?/.*			system_u:object_r:lib_t:s0
/usr/lib/lib.+\.so(\.[0-9]+){0,2}	--	system_u:object_r:textrel_t:s0
/usr/bin/[^/]+			--	system_u:object_r:bin_t:s0
/usr/bin/[^/]*sh		--	system_u:object_r:shell_t:s0
/usr/bin/bash			--	system_u:object_r:bash_t:s0
/usr/bin/ba\.sh			--	system_u:object_r:dotted_t:s0
/etc(/.*)?				system_u:object_r:etc_t:s0
/etc/[[:alpha:]_-]+\.(conf|cfg)$	--	system_u:object_r:conf_t:s0
/etc/(a|b|c{2,3})x?			system_u:object_r:choice_t:s0
/etc/[]x^-]y				system_u:object_r:bracket_t:s0
/etc/[a-c\d]\w\s?z			system_u:object_r:class_t:s0
/etc/x{,3}y				system_u:object_r:brace_t:s0
/etc/lazy.*?z			--	system_u:object_r:lazy_t:s0
/etc/\x41\x7a			--	system_u:object_r:hex_t:s0
/dev/[sh]d[^/]*			-b	system_u:object_r:disk_t:s0
/dev/null			-c	system_u:object_r:null_t:s0
/run/.*				<<none>>
/run				-d	system_u:object_r:run_t:s0
/run/x				-p	system_u:object_r:fifo_t:s0
/run/x				-s	system_u:object_r:sock_t:s0
/opt/first|/opt/middle|/opt/last	system_u:object_r:alternatives_t:s0
/sub/file			--	system_u:object_r:subfile_t:s0
/real/.*			--	system_u:object_r:real_t:s0
/real/link			-l	system_u:object_r:reallink_t:s0
`;
const HOMES = `/home/[^/]+/.+\tsystem_u:object_r:home_t:s0\n/home/[^/]+\t-d\tuser_t:s0\n`;
const LOCAL =
  `/usr/bin/local.*\tsystem_u:object_r:local_t:s0\n/usr/bin/bash\t\tsystem_u:object_r:mybash_t:s0\n`;
const SUBS = `/mine /real\n/deep/er /real/x\n`;
const DISTRIBUTION_SUBS =
  `# a comment\n/lib /usr/lib\n/alias /real\n/alias/sub /sub\n/slash /\n  /real/x   /etc \n`;

const PATHS = `
/ /a /usr /usr/share/x /usr/lib/x /usr/lib64/x /usr/local/lib/x /usr/libx/y /usr/lib/liba.so /usr/lib/liba.so.1
/usr/lib/liba.so.1.2 /usr/lib/liba.so.1.2.3 /usr/lib/lib.so /usr/bin/bash /usr/bin/zsh /usr/bin/ba.sh /usr/bin/baxsh
/usr/bin/x/y /usr/bin/local /usr/bin/localx /etc /etc/ /etc//x /etcx /etc/a-b_C.conf /etc/a1.cfg /etc/ab.cfg /etc/a /etc/b
/etc/bx /etc/c /etc/cc /etc/ccc /etc/cccc /etc/cccx /etc/]y /etc/^y /etc/-y /etc/zy /etc/b_z /etc/9az /etc/xy /etc/xxxy
/etc/x{,3}y /etc/lazyz /etc/lazy/zz /etc/Az /etc/Ay /dev/sda1 /dev/hd /dev/sd/x /dev/null /run /run/x /run/y /opt/first
/opt/firstx /x/opt/middle /opt/middle/y /x/opt/last /opt/lastx /sub/file /real/y /real/link /mine /mine/y /mine/link
/minex /deep/er /deep/er/y /deep/er/a /lib/liba.so /libx /alias/y /alias/sub/file /alias/subx /slash /slash/usr/bin/bash
/home/u /home/u/x /home /home/u/v/w /ü /usr/bin/ü
`.split(/\s+/).filter((path) => path !== "");

async function makePolicy(files: Record<string, string>): Promise<string> {
  const root = await Deno.makeTempDir();
  for (const [path, text] of Object.entries(files)) {
    await Deno.mkdir(join(root, path, ".."), { recursive: true });
    await Deno.writeTextFile(join(root, path), text);
  }
  return root;
}

const FILES = "etc/selinux/own/contexts/files/file_contexts";

const POLICY = {
  "etc/selinux/config": "SELINUX=enforcing\nSELINUXTYPE=own\n",
  "etc/selinux/own/policy/policy.33": "",
  [FILES]: CONTEXTS,
};

async function matchpathcon(file: string, word: string, paths: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("matchpathcon", {
    args: ["-n", "-m", word, "-f", file, ...paths],
  }).output();
  assert(success || stdout.length > 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

const latin1 = (path: string) => String.fromCharCode(...new TextEncoder().encode(path));

Deno.test("FileLabels.find() finds what libselinux finds", async () => {
  const root = await makePolicy({
    ...POLICY,
    [`${FILES}.homedirs`]: HOMES,
    [`${FILES}.local`]: LOCAL,
    [`${FILES}.subs`]: SUBS,
    [`${FILES}.subs_dist`]: DISTRIBUTION_SUBS,
  });
  const { labels, name, mode } = await readSelinuxPolicy(new HostFolder(root));
  assert.deepEqual([name, mode], ["own", "enforcing"]);
  for (const [kind, word] of KINDS) {
    const theirs = await matchpathcon(join(root, FILES), word, PATHS);
    const ours = PATHS.map((path) => {
      // The kernel has no such paths; libselinux makes them plain first.
      const plain = latin1(path).replaceAll("//", "/").replace(/(.)\/$/, "$1");
      return `${labels.find(plain, kind) ?? "<<none>>"}\n`;
    });
    const show = (lines: readonly string[]) => PATHS.map((path, at) => `${path} ${lines[at]}`);
    assert.deepEqual(show(ours), show(theirs.split(/(?<=\n)/)), word);
  }
  await Deno.remove(root, { recursive: true });
});

const REFUSED: readonly (readonly [pattern: string, why: string])[] = [
  ["/a(?=b)", "a group begins with (?"],
  ["/a(b)\\1", "\\1 is not known here"],
  ["/a*+", "*+ does not go back"],
  ["/a\\bx", "\\b is not known here"],
  ["/a(b", "a group does not end"],
  ["/a)b", "a group ends that has not begun"],
  ["/[a", "a bracket does not end"],
  ["/[z-a]", "a range in brackets is out of order"],
  ["/[[:alphabet:]]", "there is no [:alphabet:]"],
  ["/a{3,2}", "{3,2} is out of order or too large"],
  ["/a\\", "it ends with a backslash"],
  ["(*)", "there is nothing before *"],
  ["/a^b", "^ is not at its beginning"],
  ["(".repeat(100), "its groups are too deep"],
];

Deno.test("PathPattern refuses what is no expression, or needs more than an automaton", () => {
  for (const [pattern, message] of REFUSED) {
    assert.throws(() => new PathPattern(pattern), { name: "SyntaxError", message }, pattern);
  }
});

Deno.test("PathPattern matches in one pass whatever the expression is", () => {
  const path = `/${"a".repeat(4000)}!`;
  for (const pattern of ["/(a+)+", "/(a|a)*b", "/(.*a){20}", "/(a*)*(a*)*c", "/a{0,200}a{0,200}"]) {
    assert.equal(new PathPattern(pattern).matches(path), false, pattern);
  }
  assert.equal(new PathPattern("/(a+)+!").matches(path), true);
  const huge = new PathPattern("/x((a{1000}){1000}){1000}");
  assert.throws(() => huge.matches("/xa"), { name: "SyntaxError", message: "it is too large" });
});

Deno.test("readSelinuxPolicy() says what keeps a policy from being enforced", async () => {
  const rows: [files: Record<string, string>, code: string, message: string][] = [
    [
      { "etc/x": "" },
      "no-selinux-policy",
      "Cannot enforce the image's SELinux policy: it has none",
    ],
    [
      { ...POLICY, "etc/selinux/config": "SELINUX=disabled\nSELINUXTYPE=own\n" },
      "no-selinux-policy",
      "Cannot enforce the image's SELinux policy: /etc/selinux/config has SELINUX=disabled",
    ],
    [
      { ...POLICY, "etc/selinux/config": "SELINUXTYPE=other\n" },
      "no-selinux-policy",
      "Cannot enforce the image's SELinux policy: it has none",
    ],
    [
      { ...POLICY, [FILES]: "/a\n" },
      "invalid-selinux-policy",
      `Cannot read line 1 of /${FILES}: it has no label`,
    ],
    [
      { ...POLICY, [FILES]: "\n/a -x label\n" },
      "invalid-selinux-policy",
      `Cannot read line 2 of /${FILES}: -x is not a type of files`,
    ],
    [
      { ...POLICY, [FILES]: "/a(?!b) label\n" },
      "invalid-selinux-policy",
      `Cannot read line 1 of /${FILES}: /a(?!b): a group begins with (?`,
    ],
  ];
  for (const [files, code, message] of rows) {
    const root = await makePolicy(files);
    await assert.rejects(
      readSelinuxPolicy(new HostFolder(root)),
      (error) => {
        assert(hasCode(error, "no-selinux-policy", "invalid-selinux-policy"));
        assert.deepEqual([error.code, error.message], [code, message]);
        return true;
      },
    );
    await Deno.remove(root, { recursive: true });
  }
});
