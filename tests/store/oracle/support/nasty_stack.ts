import { createHash } from "node:crypto";
import type { Facts, Tree } from "../../../ext4/support/facts.ts";
import { type Member, MEMBER_TIME } from "./layers.ts";

const encoder = new TextEncoder();
const directory = (path: string, more: Partial<Member> = {}): Member => ({
  path,
  type: "directory",
  ...more,
});
const symlink = (path: string, linkPath: string): Member => ({ path, type: "symlink", linkPath });
const link = (path: string, linkPath: string): Member => ({ path, type: "link", linkPath });
const file = (path: string, data = path, more: Partial<Member> = {}): Member => ({
  path,
  data,
  ...more,
});
const whiteout = (path: string): Member => {
  const slash = path.lastIndexOf("/") + 1;
  return { path: `${path.slice(0, slash)}.wh.${path.slice(slash)}` };
};
const opaque = (path: string): Member => ({ path: `${path}/.wh..wh..opq` });
const xattrs = (values: Readonly<Record<string, string | Uint8Array>>): Partial<Member> => ({
  xattrs: new Map(
    Object.entries(values).map((
      [name, value],
    ) => [name, typeof value === "string" ? encoder.encode(value) : value]),
  ),
});

// VFS_CAP_REVISION_2 with CAP_NET_BIND_SERVICE, permitted and effective (linux/capability.h).
const CAPABILITY = Uint8Array.of(1, 0, 0, 2, 0, 4, ...new Uint8Array(14));
// POSIX_ACL_XATTR_VERSION 2 with user::rw- user:1000:rwx group::r-- mask::rwx other::r-- (linux/posix_acl_xattr.h).
const ACL = Uint8Array.of(
  ...[2, 0, 0, 0],
  ...[1, 0, 6, 0, 255, 255, 255, 255],
  ...[2, 0, 7, 0, 232, 3, 0, 0],
  ...[4, 0, 4, 0, 255, 255, 255, 255],
  ...[16, 0, 7, 0, 255, 255, 255, 255],
  ...[32, 0, 4, 0, 255, 255, 255, 255],
);

/** Each row's members, layer for layer. Every row stays in a folder of its own, whose name it is. */
const ROWS: Readonly<Record<string, readonly (readonly Member[])[]>> = {
  "whiteouts of everything": [
    [
      directory("w"),
      file("w/file"),
      directory("w/folder"),
      directory("w/folder/deep"),
      file("w/folder/deep/file"),
      symlink("w/link", "file"),
      { path: "w/fifo", type: "fifo" },
      file("w/kept"),
    ],
    [
      ...["w/file", "w/folder", "w/link", "w/fifo"].map(whiteout),
      whiteout("w/never-there"),
    ],
  ],
  "a whiteout, then the name again a layer later": [
    [directory("wa"), file("wa/file", "old"), directory("wa/folder"), file("wa/folder/old")],
    [whiteout("wa/file"), whiteout("wa/folder")],
    [directory("wa/file"), file("wa/file/new"), file("wa/folder", "now a file")],
  ],
  "opaque before and after what the layer has itself": [
    [
      directory("o"),
      directory("o/before"),
      file("o/before/old"),
      directory("o/before/sub"),
      file("o/before/sub/old"),
      directory("o/after"),
      file("o/after/old"),
      directory("o/after/sub"),
      file("o/after/sub/old"),
    ],
    [
      opaque("o/before"),
      directory("o/before/sub"),
      file("o/before/sub/new"),
      file("o/before/new"),
      directory("o/after/sub"),
      file("o/after/sub/new"),
      file("o/after/new"),
      opaque("o/after"),
    ],
  ],
  "every type replaced by every other": [
    types().flatMap(([from, make]) => types().flatMap(([to]) => make(`r/${from}-becomes-${to}`))),
    types().flatMap(([from]) => types().flatMap(([to, make]) => make(`r/${from}-becomes-${to}`))),
  ],
  "hard links across layers": [
    [
      directory("h"),
      file("h/first", "the content"),
      link("h/second", "h/first"),
      link("h/third", "h/first"),
      file("h/lonely"),
    ],
    [whiteout("h/first"), link("h/fourth", "h/second"), file("h/third", "replaced")],
    [link("h/fifth", "h/fourth"), link("h/lonely-too", "h/lonely"), whiteout("h/lonely")],
  ],
  "hard links to what is no file": [
    [
      directory("hl"),
      symlink("hl/link", "nowhere"),
      link("hl/link-too", "hl/link"),
      { path: "hl/fifo", type: "fifo" },
      link("hl/fifo-too", "hl/fifo"),
      { path: "hl/device", type: "character-device", device: { major: 1, minor: 3 } },
      link("hl/device-too", "hl/device"),
    ],
  ],
  "parents that are symbolic links": [
    [
      directory("p"),
      directory("p/usr"),
      directory("p/usr/lib"),
      symlink("p/lib", "usr/lib"),
      symlink("p/absolute", "/p/usr/lib"),
      symlink("p/out", "../../../../p/usr"),
      symlink("p/chain", "out"),
    ],
    [
      file("p/lib/one"),
      file("p/absolute/two"),
      file("p/out/three"),
      file("p/chain/lib/four"),
      directory("p/lib/folder"),
      file("p/lib/folder/five"),
      symlink("p/lib/six", "one"),
      link("p/lib/seven", "p/absolute/two"),
    ],
    [whiteout("p/lib/one"), file("p/chain/lib/two", "two again")],
  ],
  "names with dots and slashes": [
    [
      directory("./n"),
      file("./n/dotted"),
      file("/n/absolute"),
      file("n//doubled"),
      directory("n/sub"),
      file("n/./sub/./inner"),
      file("n/sub/../beside"),
      directory("n/trailing///"),
      file("../../n/outside"),
    ],
  ],
  "names of any length and bytes": [
    [
      directory("b"),
      file(`b/${"x".repeat(255)}`),
      file(`b/${"ü".repeat(127)}`),
      file("b/ leading and trailing "),
      file("b/\"quotes' and\nlines\t\\"),
      { path: Uint8Array.of(98, 47, 0xff, 0xfe, 0x80), data: "not UTF-8" },
      { path: Uint8Array.of(98, 47, ...new Array(150).fill(0xe9)), data: "not UTF-8, and long" },
      file("b/.wh"),
      file("b/wh.file"),
      ...deepFolders("b", 20, 60),
    ],
  ],
  "symbolic links of every length": [
    [
      directory("s"),
      ...[1, 59, 60, 61, 99, 100, 101, 255, 256, 1024, 4094].map((length) =>
        symlink(`s/${length}`, "t".repeat(length))
      ),
      { path: "s/bytes", type: "symlink", linkPath: Uint8Array.of(0xff, 0xfe) },
    ],
  ],
  "extended attributes": [
    [
      directory("x", xattrs({ "user.folder": "yes" })),
      file("x/user", "x", xattrs({ "user.one": "1", "user.two": "2" })),
      file("x/capability", "x", { ...xattrs({ "security.capability": CAPABILITY }), mode: 0o755 }),
      file("x/trusted", "x", xattrs({ "trusted.secret": "value" })),
      file("x/acl", "x", xattrs({ "system.posix_acl_access": ACL })),
      directory("x/default", xattrs({ "system.posix_acl_default": ACL })),
      file("x/large", "x", xattrs({ "user.large": "v".repeat(3000) })),
      file(
        "x/many",
        "x",
        xattrs(Object.fromEntries(
          Array.from({ length: 40 }, (_, nth) => [`user.attribute-${nth}`, `value ${nth}`]),
        )),
      ),
      file("x/gone", "x", xattrs({ "user.old": "old" })),
      directory("x/folder", xattrs({ "user.old": "old" })),
      file("x/folder/kept"),
    ],
    [file("x/gone", "y"), directory("x/folder", xattrs({ "user.new": "new" }))],
  ],
  "owners, modes and times": [
    [
      directory("m"),
      ...[0, 0o4755, 0o2755, 0o1777, 0o7777, 0o604].map((mode) =>
        file(`m/mode-${mode.toString(8)}`, "m", { mode })
      ),
      directory("m/sticky", { mode: 0o1777, uid: 33, gid: 33 }),
      directory("m/setgid", { mode: 0o2775 }),
      file("m/big-owner", "m", { uid: 65_536, gid: 2_147_483_648 }),
      file("m/biggest-owner", "m", { uid: 4_294_967_294, gid: 4_294_967_294 }),
      file("m/setuid-of-another", "m", { uid: 1000, gid: 1000, mode: 0o4755 }),
      ...[
        -2_147_483_648_000_000_000n,
        -1_500_000_000n,
        -1n,
        0n,
        1n,
        4_294_967_296_999_999_999n,
        9_223_372_036_000_000_000n,
      ].map((mtimeNs) => file(`m/time-${mtimeNs}`, "m", { mtimeNs })),
      symlink("m/link", "mode-0"),
    ],
    [
      directory("m/sticky", { mode: 0o700, uid: 1, gid: 2, mtimeNs: 1_000_000_000_000_000_001n }),
    ],
  ],
  "devices": [
    [
      directory("d"),
      ...[[1, 3], [5, 1], [255, 255], [256, 256], [4095, 1_048_575], [8, 1_048_575]].flatMap((
        [major = 0, minor = 0],
      ): Member[] => [
        {
          path: `d/char-${major}-${minor}`,
          type: "character-device",
          mode: 0o666,
          device: { major, minor },
        },
        { path: `d/block-${major}-${minor}`, type: "block-device", device: { major, minor } },
      ]),
      { path: "d/fifo", type: "fifo", mode: 0o600 },
    ],
  ],
  "sizes around every boundary": [
    [
      directory("z"),
      ...[0, 1, 59, 60, 61, 511, 512, 513, 4095, 4096, 4097, 49_152, 49_153, 1_048_577]
        .map((size) => file(`z/${size}`, "0123456789abcde\n".repeat(65_537).slice(0, size))),
    ],
  ],
  "files with holes": [
    [
      directory("f"),
      {
        path: "f/middle",
        data: "a".repeat(4096) + "b".repeat(4096),
        size: 1_052_672,
        dataRanges: [{ offset: 0, length: 4096 }, { offset: 1_048_576, length: 4096 }],
      },
      { path: "f/nothing", data: "", size: 500_000, dataRanges: [] },
      {
        path: "f/odd",
        data: "c".repeat(1000),
        size: 300_001,
        dataRanges: [{ offset: 12_345, length: 600 }, { offset: 299_601, length: 400 }],
      },
    ],
  ],
  "entries that come twice": [
    [
      directory("t"),
      file("t/file", "first", { mode: 0o600 }),
      file("t/file", "second and longer", { mode: 0o644 }),
      directory("t/folder", { mode: 0o700 }),
      file("t/folder/inner"),
      directory("t/folder", { mode: 0o711, uid: 5 }),
      file("t/to-folder"),
      directory("t/to-folder"),
      file("t/to-folder/inner"),
      symlink("t/link", "one"),
      symlink("t/link", "two"),
      file("t/name", "name"),
      link("t/other", "t/name"),
      file("t/name", "another file"),
    ],
  ],
  "parents that no layer has": [
    [file("i/without/any/parent")],
    [file("i/without/another")],
  ],
  "a large folder": [
    [
      directory("l"),
      ...Array.from({ length: 2000 }, (_, nth) => file(`l/a name of some length ${nth}`, "")),
    ],
    Array.from({ length: 500 }, (_, nth) => whiteout(`l/a name of some length ${nth * 3}`)),
  ],
};

/** Folders of {@linkcode nastyStack} that no layer has an entry for, and one whose time umoci forgets. */
export const UNTIMED: readonly string[] = [
  "/o/after/sub",
  "/",
  "/i",
  "/i/without",
  "/i/without/any",
  "/r",
];

/** A stack of layers in which everything is that unpackers have got wrong. */
export function nastyStack(): Member[][] {
  const layers: Member[][] = [];
  for (const row of Object.values(ROWS)) {
    for (const [nth, members] of row.entries()) (layers[nth] ??= []).push(...members);
  }
  return layers;
}

/** What umoci leaves out or gets wrong; {@linkcode BEYOND_UMOCI_FACTS} is what there is to be. */
export const BEYOND_UMOCI: readonly (readonly Member[])[] = [
  [
    directory("x"),
    // Later times than a number of 64 bits has nanoseconds for, up to the last one of ext4.
    directory("m"),
    file("m/2300", "m", { mtimeNs: 10_413_792_000_987_654_321n }),
    file("m/2446", "m", { mtimeNs: 15_032_385_535_000_000_000n }),
    file("x/empty", "x", xattrs({ "user.empty": "" })),
    file("x/signs", "x", xattrs({ "user.a=b%c": "=%" })),
    file("x/selinux", "x", xattrs({ "security.selinux": "system_u:object_r:bin_t:s0\0" })),
    file("x/large", "x", xattrs({ "user.large": "v".repeat(20_000) })),
    directory("o"),
    file("o/old"),
    directory("o/sub"),
    file("o/sub/old"),
    directory("w"),
    file("w/before", "old"),
    file("w/after", "old"),
    file("w/linked", "old"),
  ],
  [
    directory("o/sub"),
    file("o/sub/new"),
    opaque("o"),
    // A whiteout hides what is below its layer, wherever in the layer it is.
    whiteout("w/before"),
    file("w/before", "new"),
    file("w/after", "new"),
    whiteout("w/after"),
    whiteout("w/linked"),
  ],
];

const hex = (text: string) =>
  Array.from(encoder.encode(text), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** What the kernel is to say of {@linkcode BEYOND_UMOCI}. */
export const BEYOND_UMOCI_FACTS: Tree = new Map<string, Facts>([
  ["/m", { mode: "40755", nlink: 2 }],
  ["/m/2300", { mtime: 10_413_792_000_987_654_321n }],
  ["/m/2446", { mtime: 15_032_385_535_000_000_000n }],
  ["/x/empty", { xattrs: ["user.empty="] }],
  ["/x/signs", { xattrs: [`user.a=b%c=${hex("=%")}`] }],
  ["/x/selinux", { xattrs: [`security.selinux=${hex("system_u:object_r:bin_t:s0\0")}`] }],
  ["/x/large", { xattrs: [`user.large=${"76".repeat(20_000)}`] }],
  ["/x", { mode: "40755", nlink: 2, mtime: MEMBER_TIME }],
  ["/o", { mode: "40755", nlink: 3, mtime: MEMBER_TIME }],
  ["/o/sub", { mode: "40755", nlink: 2, mtime: MEMBER_TIME }],
  ["/o/sub/new", { mode: "100644", size: "o/sub/new".length }],
  ["/w", { mode: "40755", nlink: 2, mtime: MEMBER_TIME }],
  ["/w/before", { size: 3, hash: sha256("new") }],
  ["/w/after", { size: 3, hash: sha256("new") }],
]);

/** What an entry can be, and how it is made. */
function types(): readonly [name: string, make: (path: string) => Member[]][] {
  return [
    ["file", (path) => [file(path)]],
    ["folder", (path) => [directory(path), file(`${path}/inner`)]],
    ["link", (path) => [symlink(path, "target")]],
    ["fifo", (path) => [{ path, type: "fifo" }]],
    [
      "device",
      (path) => [{ path, type: "character-device", device: { major: 1, minor: 5 } }],
    ],
  ];
}

function deepFolders(start: string, depth: number, length: number): Member[] {
  const members: Member[] = [];
  let path = start;
  for (let level = 0; level < depth; level++) {
    path += `/${String(level).padStart(length, "d")}`;
    members.push(directory(path));
  }
  return [...members, file(`${path}/file`, "deep")];
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
