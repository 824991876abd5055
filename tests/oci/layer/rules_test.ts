import assert from "node:assert/strict";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { hasCode, type LayerInput, tarEnd, unpackLayers } from "../../../lib/oci/mod.ts";
import { archiveOf, bytes, concat, layerOf, type Member } from "./support/layer.ts";
import { MemoryTarget } from "./support/memory_target.ts";
import { blocks, octal, rawHeader, rawMember, rawPax } from "./support/raw_tar.ts";

/** A rule of docs/layers.md, layers that it is about, and what comes of them; a text is the rule that refuses them. */
interface Row {
  readonly rule: string;
  readonly name: string;
  readonly layers: readonly (Uint8Array<ArrayBuffer> | LayerInput | readonly Member[])[];
  /** Lines of the tree, without the root and zero times. */
  readonly tree?: readonly string[];
  /** The message's end if the layers are refused. */
  readonly refused?: string;
  readonly path?: string;
  readonly maxSize?: number;
}

const folder = (path: string, mode = 0o755): Member => ({ path, type: "directory", mode });
const file = (path: string, data = path): Member => ({ path, data });
const link = (path: string, to: string): Member => ({ path, type: "link", link: to });
const symlink = (path: string, to: string): Member => ({ path, type: "symlink", link: to });
const fifo = (path: string): Member => ({ path, type: "fifo" });
const raw = (...parts: Uint8Array[]) => concat(...parts, tarEnd);

const FILE = (path: string, content = path) => `${path} file 644 0:0 ${JSON.stringify(content)}`;
const FOLDER = (path: string) => `${path} directory 755 0:0`;

const ROWS: readonly Row[] = [
  // The compressed stream
  {
    rule: "compression-by-magic",
    name: "gzip under the type of zstd",
    layers: [
      layerOf(new Uint8Array(gzipSync(archiveOf(file("a")))), {
        mediaType: "application/vnd.oci.image.layer.v1.tar+zstd",
        archive: archiveOf(file("a")),
      }),
    ],
    tree: [FILE("a")],
  },
  {
    rule: "compression-by-magic",
    name: "a plain archive under the type of gzip",
    layers: [
      layerOf(archiveOf(file("a")), {
        mediaType: "application/vnd.docker.image.rootfs.diff.tar.gzip",
      }),
    ],
    tree: [FILE("a")],
  },
  {
    rule: "compression-unknown",
    name: "xz",
    layers: [concat(Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0), new Uint8Array(600))],
    refused: "it is compressed with xz",
  },
  {
    rule: "gzip-members",
    name: "two members, and zeros behind them",
    layers: [
      layerOf(
        concat(
          gzipSync(archiveOf(file("a")).subarray(0, 700)),
          gzipSync(archiveOf(file("a")).subarray(700)),
          new Uint8Array(5000),
        ),
        { archive: archiveOf(file("a")) },
      ),
    ],
    tree: [FILE("a")],
  },
  {
    rule: "gzip-damaged",
    name: "something else behind the last member",
    layers: [
      layerOf(concat(gzipSync(archiveOf(file("a"))), bytes("garbage")), {
        archive: archiveOf(file("a")),
      }),
    ],
    refused: "its gzip data is damaged, cut short or followed by something else",
  },
  {
    rule: "gzip-damaged",
    name: "no end",
    layers: [
      layerOf(new Uint8Array(gzipSync(archiveOf(file("a")))).slice(0, -9), {
        archive: archiveOf(file("a")),
      }),
    ],
    refused: "its gzip data is damaged, cut short or followed by something else",
  },
  {
    rule: "zstd-frames",
    name: "skippable frames around and between frames",
    layers: [
      layerOf(
        concat(
          skippable(5),
          zstdCompressSync(archiveOf(file("a")).subarray(0, 700)),
          skippable(0),
          zstdCompressSync(archiveOf(file("a")).subarray(700)),
          skippable(70_000),
        ),
        { archive: archiveOf(file("a")), pieceSize: 999 },
      ),
    ],
    tree: [FILE("a")],
  },
  {
    rule: "zstd-damaged",
    name: "something else behind the last frame",
    layers: [
      layerOf(concat(zstdCompressSync(archiveOf(file("a"))), bytes("garbage")), {
        archive: archiveOf(file("a")),
      }),
    ],
    refused: "its zstd data has bytes between or behind its frames that are no frame",
  },
  {
    rule: "zstd-damaged",
    name: "no end",
    layers: [
      layerOf(new Uint8Array(zstdCompressSync(archiveOf(file("a")))).slice(0, -2), {
        archive: archiveOf(file("a")),
      }),
    ],
    refused: "its zstd data is cut short",
  },
  {
    rule: "zstd-window",
    name: "a window of 2 GiB",
    layers: [
      layerOf(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, 21 << 3, 1, 0, 0), {
        archive: new Uint8Array(),
      }),
    ],
    refused: "its zstd data needs a window of 2147483648 bytes",
  },
  {
    rule: "diff-id",
    name: "another archive than the image says",
    layers: [layerOf(new Uint8Array(gzipSync(tarEnd)), { archive: bytes("other") })],
    refused: "its archive has the digest " +
      "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef, and the image says " +
      "sha256:d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa",
  },
  {
    rule: "too-large",
    name: "more than is allowed",
    layers: [[file("a", "x".repeat(600))]],
    maxSize: 2000,
    refused: "its archive is larger than 2000 bytes",
  },
  {
    rule: "too-large",
    name: "megabytes behind the archive's end, in some kilobytes",
    layers: [
      layerOf(new Uint8Array(gzipSync(concat(tarEnd, new Uint8Array(4e6)))), {
        archive: concat(tarEnd, new Uint8Array(4e6)),
      }),
    ],
    maxSize: 3e6,
    refused: "its archive is larger than 3000000 bytes",
  },

  // The archive
  {
    rule: "missing-end",
    name: "no blocks of zeros",
    layers: [archiveOf(file("a")).slice(0, -1024)],
    tree: [FILE("a")],
  },
  {
    rule: "missing-end",
    name: "one block of zeros",
    layers: [archiveOf(file("a")).slice(0, -512)],
    tree: [FILE("a")],
  },
  { rule: "missing-end", name: "nothing at all", layers: [new Uint8Array()], tree: [] },
  {
    rule: "after-end",
    name: "a second archive",
    layers: [concat(archiveOf(file("a")), archiveOf(file("b")))],
    tree: [FILE("a")],
  },
  {
    rule: "archive-truncated",
    name: "half a header",
    layers: [archiveOf(file("a")).slice(0, 300)],
    refused: "its archive ends in the middle of a member",
  },
  {
    rule: "archive-truncated",
    name: "an extended header without its member",
    layers: [rawPax([["path", "a"]])],
    refused: "its archive ends in the middle of a member",
  },
  {
    rule: "archive-truncated",
    name: "a size that lies",
    layers: [raw(rawHeader({ name: "a", size: octal(1e9) }), blocks("short"))],
    refused: "its archive ends in the middle of a member",
    path: "a",
  },
  {
    rule: "header-checksum",
    name: "a wrong sum",
    layers: [raw(rawHeader({ checksum: "wrong" }))],
    refused: "a header of its archive has a wrong checksum",
  },
  {
    rule: "header-checksum",
    name: "text",
    layers: [new Uint8Array(1024).fill(0x61)],
    refused: "a header of its archive has a wrong checksum",
  },
  {
    rule: "signed-checksum",
    name: "a sum of signed bytes",
    layers: [raw(rawHeader({ at: { 0: Uint8Array.of(0xe4, 0xf6, 0xfc) }, checksum: "signed" }))],
    tree: ['äöüe file 644 0:0 ""'],
  },
  {
    rule: "lone-zero-block",
    name: "members behind one block of zeros",
    layers: [concat(archiveOf(file("a")).slice(0, -512), archiveOf(file("b")))],
    refused: "a single block of zeros is in the middle of its archive",
  },
  {
    rule: "bad-number",
    name: "a letter among digits",
    layers: [raw(rawHeader({ name: "a", uid: "00x0000\0" }))],
    refused: "a number in its header has a character that is no digit",
    path: "a",
  },
  {
    rule: "bad-number",
    name: "a size over 2^53",
    layers: [raw(rawHeader({ name: "a", size: Uint8Array.of(0x80, ...Array(11).fill(0xff)) }))],
    refused: "a number in its header is too large",
  },
  {
    rule: "bad-number",
    name: "a negative size",
    layers: [raw(rawHeader({ name: "a", size: new Uint8Array(12).fill(0xff) }))],
    refused: "its size is negative",
    path: "a",
  },
  {
    rule: "bad-pax-record",
    name: "a record longer than its header",
    layers: [raw(rawMember({ type: "x" }, "99 path=a\n"), rawHeader({}))],
    refused: "a record of its extended header has a wrong length",
  },
  {
    rule: "bad-pax-record",
    name: "a record without a name",
    layers: [raw(rawMember({ type: "x" }, "7 path\n"), rawHeader({}))],
    refused: "a record of its extended header has no `=`",
  },
  {
    rule: "header-too-large",
    name: "an extended header of 2 MiB",
    layers: [raw(rawHeader({ type: "x", size: octal(2 << 20) }))],
    refused: "an extended header has 2097152 bytes",
  },
  {
    rule: "bad-name",
    name: "a NUL",
    layers: [raw(rawPax([["path", "a\0b"]]), rawHeader({}))],
    refused: "its path has a NUL in it",
    path: "a\0b",
  },
  {
    rule: "name-too-long",
    name: "a path of 5000 bytes",
    layers: [raw(rawPax([["path", "a/".repeat(2500)]]), rawHeader({}))],
    refused: "its path has 4999 bytes",
    path: "a/".repeat(2500).slice(0, -1),
  },
  {
    rule: "name-too-long",
    name: "a name of 256 bytes",
    layers: [[file("a".repeat(256))]],
    refused: "a name on its path has 256 bytes",
    path: "a".repeat(256),
  },
  {
    rule: "name-too-long",
    name: "a symbolic link to 4096 bytes",
    layers: [[symlink("a", "b".repeat(4096))]],
    refused: "its target has 4096 bytes",
    path: "a",
  },
  {
    rule: "bad-sparse-map",
    name: "ranges that overlap",
    layers: [
      raw(
        rawPax([["GNU.sparse.size", "100"], ["GNU.sparse.map", "0,4,3,4"]]),
        rawMember({ name: "a" }, "12345678"),
      ),
    ],
    refused: "its sparse map has ranges out of order or outside the file",
    path: "a",
  },
  {
    rule: "bad-sparse-map",
    name: "more data than there is",
    layers: [
      raw(
        rawPax([["GNU.sparse.size", "100"], ["GNU.sparse.map", "0,4,10,5"]]),
        rawMember({ name: "a" }, "12345678"),
      ),
    ],
    refused: "its sparse map does not describe as much data as there is",
    path: "a",
  },
  {
    rule: "bad-sparse-map",
    name: "a map that does not end",
    layers: [
      raw(
        rawPax([["GNU.sparse.major", "1"], ["GNU.sparse.minor", "0"]]),
        rawMember({ name: "a" }, "3\n0\n".padEnd(512, "0")),
      ),
    ],
    refused: "its sparse map does not end with its blocks",
    path: "a",
  },
  {
    rule: "bad-sparse-map",
    name: "a larger size, and no map",
    layers: [raw(rawPax([["GNU.sparse.realsize", "100"]]), rawMember({ name: "a" }, "1234"))],
    refused: "its sparse map is missing, or of a version that is not known",
    path: "a",
  },
  {
    rule: "unknown-type",
    name: "a volume label",
    layers: [raw(rawHeader({ name: "a", type: "V" }))],
    refused: 'it has the type "V"',
    path: "a",
  },
  {
    rule: "owner-wraps",
    name: "-2 is nobody",
    layers: [raw(rawHeader({ name: "a", uid: Uint8Array.of(...Array(7).fill(0xff), 0xfe) }))],
    tree: ['a file 644 4294967294:0 ""'],
  },
  {
    rule: "owner-out-of-range",
    name: "an owner of 33 bits",
    layers: [raw(rawPax([["gid", "4294967296"]]), rawHeader({ name: "a" }))],
    refused: "it belongs to the number 4294967296",
    path: "a",
  },
  {
    rule: "device-out-of-range",
    name: "a major number of 13 bits",
    layers: [raw(rawHeader({ name: "a", type: "3", major: "0010000\0" }))],
    refused: "it is the device 4096:0",
    path: "a",
  },
  {
    rule: "device-numbers",
    name: "the largest ones, and 0:0",
    layers: [
      raw(
        rawHeader({ name: "a", type: "4", major: "0007777\0", minor: "3777777\0" }),
        rawHeader({ name: "b", type: "3" }),
      ),
    ],
    tree: ["a block-device 644 0:0 4095,1048575", "b character-device 644 0:0 0,0"],
  },
  {
    rule: "bad-xattr",
    name: "a value over 64 KiB",
    layers: [
      raw(rawPax([["SCHILY.xattr.user.a", "x".repeat(65537)]]), rawHeader({ name: "a" })),
    ],
    refused: "its attribute user.a has 65537 bytes",
    path: "a",
  },
  {
    rule: "bad-xattr",
    name: "no name",
    layers: [raw(rawPax([["SCHILY.xattr.", "x"]]), rawHeader({ name: "a" }))],
    refused: "the name of an extended attribute cannot be one",
  },
  {
    rule: "xattr-sources",
    name: "SCHILY.xattr counts before LIBARCHIVE.xattr",
    layers: [
      raw(
        rawPax([
          ["SCHILY.xattr.user.a", "one"],
          ["LIBARCHIVE.xattr.user.a", "dHdv"],
          ["LIBARCHIVE.xattr.user.b%20c", "dHdv"],
          ["SCHILY.acl.access", "user::rw-,group::r--,other::r--"],
          ["RHT.security.selinux", "x"],
        ]),
        rawHeader({ name: "a" }),
      ),
    ],
    tree: ['a file 644 0:0 "" user.a=6f6e65 user.b c=74776f'],
  },
  {
    rule: "extended-headers",
    name: "global ones count for all members, and an empty value takes one back",
    layers: [
      raw(
        rawPax([["uid", "7"], ["mtime", "5.25"], ["comment", "x"]], "g"),
        rawHeader({ name: "a" }),
        rawPax([["uid", ""], ["gid", "9"]]),
        rawHeader({ name: "b" }),
        rawHeader({ name: "c" }),
      ),
    ],
    tree: [
      'a file 644 7:0 5.250000000 ""',
      'b file 644 0:9 5.250000000 ""',
      'c file 644 7:0 5.250000000 ""',
    ],
  },
  {
    rule: "extended-headers",
    name: "names count as bytes, whatever hdrcharset says; Solaris's X is one too",
    layers: [
      raw(
        rawPax([["hdrcharset", "BINARY"], ["path", Uint8Array.of(0x61, 0xff)]], "X"),
        rawHeader({ name: "name" }),
        rawMember({ name: "././@LongLink", type: "L" }, "long\0"),
        rawMember({ name: "././@LongLink", type: "K" }, "target\0"),
        rawHeader({ name: "l", type: "2", link: "t" }),
      ),
    ],
    tree: ['a\xff file 644 0:0 ""', "long symlink 777 0:0 -> target"],
  },
  {
    rule: "header-only-types",
    name: "folders, links and devices have no data, whatever their size says",
    layers: [
      raw(
        rawHeader({ name: "d/", type: "5", size: octal(700) }),
        rawHeader({ name: "a", size: octal(0) }),
        rawHeader({ name: "l", type: "1", link: "a", size: octal(9) }),
      ),
    ],
    tree: ['a file 644 0:0 "" file 1', "d directory 644 0:0", 'l file 644 0:0 "" file 1'],
  },
  {
    rule: "trailing-slash",
    name: "an old archive's folder, and slashes at the end of anything",
    layers: [
      raw(
        rawHeader({ name: "old/", type: "\0", mode: "0000755\0", magic: "" }),
        rawHeader({ name: "link///", type: "2", link: "old/" }),
      ),
    ],
    tree: ["link symlink 777 0:0 -> old/", FOLDER("old")],
  },
  {
    rule: "symlink-mode",
    name: "a symbolic link's mode is 777",
    layers: [[{ ...symlink("a", "b"), mode: 0o600 }]],
    tree: ["a symlink 777 0:0 -> b"],
  },

  // Paths
  ...[".", "./", "/", "", "a/..", "../..", "./."].map((path) => ({
    rule: "root-member",
    name: `${JSON.stringify(path)} is the root`,
    layers: [raw(rawHeader({ name: path, type: "5", mode: "0001711\0" }))],
    tree: ["/ directory 1711 0:0"],
  })),
  {
    rule: "root-not-a-folder",
    name: "a file",
    layers: [[file(".")]],
    refused: "its path is that of the root, and it is no folder",
    path: ".",
  },
  {
    rule: "paths-from-the-root",
    name: "absolute paths, and steps that lead nowhere else",
    layers: [[
      folder("/a"),
      file("/a/b"),
      file("//a//./c"),
      file("../../a/d"),
      file("a/x/../e"),
    ]],
    tree: [
      FOLDER("a"),
      FILE("a/b", "/a/b"),
      FILE("a/c", "//a//./c"),
      FILE("a/d", "../../a/d"),
      FILE("a/e", "a/x/../e"),
    ],
  },
  {
    rule: "missing-parent",
    name: "folders that no layer describes",
    layers: [[file("a/b/c")]],
    tree: [FOLDER("a"), FOLDER("a/b"), FILE("a/b/c")],
  },
  {
    rule: "symlinked-parent",
    name: "relative and absolute targets, inside the root",
    layers: [
      [
        folder("usr/"),
        folder("usr/lib/"),
        symlink("lib", "usr/lib"),
        symlink("abs", "/usr/../../../usr/lib"),
        symlink("usr/up", "../../../../lib"),
      ],
      [file("lib/a"), file("abs/b"), file("usr/up/c"), link("d", "lib/a"), file("lib/.wh.none")],
    ],
    tree: [
      "abs symlink 777 0:0 -> /usr/../../../usr/lib",
      'd file 644 0:0 "lib/a" file 1',
      "lib symlink 777 0:0 -> usr/lib",
      FOLDER("usr"),
      FOLDER("usr/lib"),
      'usr/lib/a file 644 0:0 "lib/a" file 1',
      FILE("usr/lib/b", "abs/b"),
      FILE("usr/lib/c", "usr/up/c"),
      "usr/up symlink 777 0:0 -> ../../../../lib",
    ],
  },
  {
    rule: "symlinked-parent",
    name: "what a target lacks is made",
    layers: [[symlink("lib", "/usr/lib"), file("lib/a")]],
    tree: [
      "lib symlink 777 0:0 -> /usr/lib",
      FOLDER("usr"),
      FOLDER("usr/lib"),
      FILE("usr/lib/a", "lib/a"),
    ],
  },
  {
    rule: "symlink-loop",
    name: "two links that lead to each other",
    layers: [[symlink("a", "b"), symlink("b", "a"), file("a/c")]],
    refused: "its path goes through too many symbolic links",
    path: "a/c",
  },
  {
    rule: "parent-replaced",
    name: "a lower layer's file where a folder has to be",
    layers: [[file("a")], [file("a/b")]],
    tree: [FOLDER("a"), FILE("a/b")],
  },
  {
    rule: "below-a-file",
    name: "the same layer's file",
    layers: [[file("a"), file("a/b")]],
    refused: "its path goes through something that is no folder",
    path: "a/b",
  },
  {
    rule: "below-a-file",
    name: "a file that a symbolic link leads to",
    layers: [[file("a"), symlink("l", "a")], [file("l/b")]],
    refused: "its path goes through something that is no folder",
    path: "l/b",
  },
  {
    rule: "empty-symlink",
    name: "no target",
    layers: [raw(rawHeader({ name: "a", type: "2" }))],
    refused: "its target is empty",
    path: "a",
  },

  // Replacement
  {
    rule: "folder-over-folder",
    name: "keeps what is in it, and takes the metadata",
    layers: [[{ ...folder("a/"), uid: 1 }, file("a/b")], [{ ...folder("a/", 0o700), gid: 2 }]],
    tree: ["a directory 700 0:2", FILE("a/b")],
  },
  ...(["file", "folder", "symlink", "fifo", "link"] as const).flatMap((under) =>
    (["file", "folder", "symlink", "fifo", "link"] as const).map((over) => {
      const make = {
        file,
        folder,
        symlink: () => symlink("a", "t"),
        fifo,
        link: () => link("a", "t"),
      };
      const line = {
        file: FILE("a"),
        folder: FOLDER("a"),
        symlink: "a symlink 777 0:0 -> t",
        fifo: "a fifo 644 0:0",
        link: 'a file 644 0:0 "t" file 1',
      }[over];
      return {
        rule: "replacement",
        name: `${over} over ${under}`,
        layers: [[file("t"), make[under]("a")], [make[over]("a")]],
        tree: [line, over === "link" ? 't file 644 0:0 "t" file 1' : FILE("t")],
      };
    })
  ),
  {
    rule: "replacement",
    name: "a folder goes with all that is in it",
    layers: [[folder("a/"), folder("a/b/"), file("a/b/c")], [file("a")]],
    tree: [FILE("a")],
  },
  {
    rule: "duplicates",
    name: "the last one counts",
    layers: [[file("a", "1"), file("b", "x"), file("a", "2"), symlink("b", "y"), file("b", "z")]],
    tree: [FILE("a", "2"), FILE("b", "z")],
  },

  // Hard links
  {
    rule: "hard-links",
    name: "to a lower layer's file, through symbolic links, to links of all kinds",
    layers: [
      [folder("d/"), file("d/a"), symlink("s", "d"), symlink("dead", "nowhere"), fifo("p")],
      [link("b", "/s/a"), link("c", "./b"), link("e", "dead"), link("q", "p")],
    ],
    tree: [
      'b file 644 0:0 "d/a" file 1',
      'c file 644 0:0 "d/a" file 1',
      FOLDER("d"),
      'd/a file 644 0:0 "d/a" file 1',
      "dead symlink 777 0:0 -> nowhere file 2",
      "e symlink 777 0:0 -> nowhere file 2",
      "p fifo 644 0:0 file 3",
      "q fifo 644 0:0 file 3",
      "s symlink 777 0:0 -> d",
    ],
  },
  {
    rule: "hard-links",
    name: "the other names live on when one is removed or replaced",
    layers: [
      [file("a", "x"), link("b", "a"), link("c", "a"), link("d", "a")],
      [file(".wh.a"), file("c", "y")],
    ],
    tree: ['b file 644 0:0 "x" file 1', FILE("c", "y"), 'd file 644 0:0 "x" file 1'],
  },
  {
    rule: "hard-links",
    name: "a link's own metadata does not count",
    layers: [[file("a"), { ...link("b", "a"), mode: 0o777, uid: 5 }]],
    tree: ['a file 644 0:0 "a" file 1', 'b file 644 0:0 "a" file 1'],
  },
  {
    rule: "link-to-itself",
    name: "stays as it is",
    layers: [[file("a")], [link("a", "a")]],
    tree: [FILE("a")],
  },
  {
    rule: "link-without-target",
    name: "to a member that comes later",
    layers: [[link("b", "a"), file("a")]],
    refused: "it is a hard link to something that is not there",
    path: "b",
  },
  {
    rule: "link-without-target",
    name: "to what it replaces",
    layers: [[folder("d/"), file("d/a"), link("d", "d/a")]],
    refused: "it is a hard link to something that is not there",
    path: "d",
  },
  {
    rule: "link-to-a-folder",
    name: "to a folder",
    layers: [[folder("d/"), link("a", "d")]],
    refused: "it is a hard link to a folder",
    path: "a",
  },

  // Whiteouts
  {
    rule: "whiteouts",
    name: "of each type, and of what is not there",
    layers: [
      [file("a"), folder("b/"), file("b/c"), symlink("d", "b"), fifo("e"), file("stays")],
      [...["a", "b", "d", "e", "none"].map((name) => file(`.wh.${name}`, "")), file("none/.wh.x")],
    ],
    tree: [FILE("stays")],
  },
  ...orders(
    "whiteouts",
    "lower layers only",
    [[file("a", "1"), folder("b/", 0o700), file("b/old")]],
    [file(".wh.a", ""), file("a", "2"), file(".wh.b", ""), folder("b/"), file("b/new")],
    [FILE("a", "2"), FOLDER("b"), FILE("b/new")],
  ),
  ...orders(
    "whiteout-and-members-below",
    "the folder is one that no layer describes",
    [[folder("b/", 0o700), file("b/old"), folder("b/c/", 0o700), file("b/c/old")]],
    [file(".wh.b", ""), file("b/c/new")],
    [FOLDER("b"), FOLDER("b/c"), FILE("b/c/new")],
  ),
  ...orders(
    "opaque",
    "only what lower layers put there",
    [[folder("b/", 0o700), file("b/old"), folder("b/c/", 0o700), file("b/c/old"), file("stays")]],
    [file("b/.wh..wh..opq", ""), file("b/new"), file("b/c/new")],
    ["b directory 700 0:0", FOLDER("b/c"), FILE("b/c/new"), FILE("b/new"), FILE("stays")],
  ),
  {
    rule: "opaque",
    name: "the root; a folder that is not there",
    layers: [
      [file("a"), folder("b/")],
      [file("c"), file(".wh..wh..opq", ""), file("none/.wh..wh..opq", "")],
    ],
    tree: [FILE("c")],
  },
  {
    rule: "whiteouts",
    name: "not of its own layer's entries, but of those for the next",
    layers: [[file("a"), file(".wh.a", "")], [file(".wh.a", "")]],
    tree: [],
  },
  {
    rule: "whiteouts",
    name: "whatever the type of its member",
    layers: [[file("a"), file("b"), file("c")], [
      folder(".wh.a/"),
      symlink(".wh.b", "x"),
      { path: ".wh.c", data: "some data that nobody wants" },
    ]],
    tree: [],
  },
  ...[".wh.", ".wh..", ".wh...", "a/.wh."].map((path) => ({
    rule: "bad-whiteout",
    name: `${path} hides nothing that has a name`,
    layers: [[file("b")], [file(path, "")]],
    refused: "it is a whiteout of no name",
    path,
  })),
  {
    rule: "bad-whiteout",
    name: "a whiteout as a folder",
    layers: [[file(".wh.a/b")]],
    refused: "a whiteout is a folder on its path",
    path: ".wh.a/b",
  },
  {
    rule: "aufs-metadata",
    name: "is left out",
    layers: [[
      folder(".wh..wh.plnk/"),
      file(".wh..wh.plnk/12.34"),
      file(".wh..wh.aufs"),
      file("a"),
    ]],
    tree: [FILE("a")],
  },
];

/** Rows for every order of a few members. */
function orders(
  rule: string,
  name: string,
  lower: readonly (readonly Member[])[],
  members: readonly Member[],
  tree: readonly string[],
): Row[] {
  return permutations(members)
    .map((order) => ({
      rule,
      name: `${name}: ${order.map(({ path }) => path).join(" ")}`,
      layers: [...lower, order],
      tree,
    }));
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, index) =>
    permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest])
  );
}

function skippable(size: number): Uint8Array {
  const frame = new Uint8Array(8 + size).fill(0xee, 8);
  new DataView(frame.buffer).setUint32(0, 0x184d2a53, true);
  new DataView(frame.buffer).setUint32(4, size, true);
  return frame;
}

async function unpack({ layers, maxSize }: Row): Promise<string[]> {
  const target = new MemoryTarget();
  await unpackLayers(
    target,
    layers.map((layer) =>
      layer instanceof Uint8Array
        ? layerOf(layer)
        : "open" in layer
        ? layer
        : layerOf(archiveOf(...layer))
    ),
    { maxSize },
  );
  return target.describe().map((line) => line.replace(" 0.000000000", ""))
    .filter((line) => line !== "/ directory 755 0:0");
}

for (const row of ROWS) {
  Deno.test(`${row.rule}: ${row.name}`, async () => {
    if (row.tree !== undefined) {
      assert.deepEqual(await unpack(row), row.tree.map((line) => line.replace(" 0.000000000", "")));
      return;
    }
    await assert.rejects(unpack(row), (error) => {
      assert.ok(hasCode(error, "corrupt-layer"), String(error));
      assert.equal(error.message.slice(error.message.lastIndexOf(": ") + 2), row.refused);
      assert.deepEqual([error.data.rule, error.data.path], [row.rule, row.path]);
      return true;
    });
  });
}

Deno.test("docs/layers.md has all rules, and each has a test", async () => {
  const text = await Deno.readTextFile(new URL("../../../docs/layers.md", import.meta.url));
  const documented = [...text.matchAll(/^\| `([a-z-]+)` +\|/gm)].map(([, rule]) => rule);
  const code = await Deno.readTextFile(
    new URL("../../../lib/oci/layer/layer_rule.ts", import.meta.url),
  );
  const refusing = [...code.matchAll(/^ {2}\| "([a-z-]+)"/gm)].map(([, rule]) => rule!);
  const tested = new Set(ROWS.map(({ rule }) => rule));
  // A layer of 16 million members takes too long to make.
  const expected = [...tested, "too-many-members"].sort();
  assert.deepEqual(documented.toSorted(), expected);
  assert.deepEqual(refusing.filter((rule) => !expected.includes(rule)), []);
});
