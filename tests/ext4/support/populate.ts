/**
 * Fills a folder (a mounted filesystem, or the source of `mke2fs -d`) with one of everything.
 *
 * @module
 */

import {
  changeMode,
  changeOwner,
  changeTimes,
  joinBytes,
  KernelFile,
  makeFolder,
  makeHardLink,
  makeNode,
  makeSymlink,
  S_IFBLK,
  S_IFCHR,
  S_IFIFO,
  S_IFSOCK,
  setXattr,
} from "./libc.ts";

/** What the filesystem can hold. */
export interface Capacity {
  /** In bytes. */
  readonly blockSize: number;
  /** The longest file, in bytes. */
  readonly fileSize: number;
  /** The longest extended attribute, in bytes; 0 for none. */
  readonly xattrSize: number;
  /** Times after 2038, and nanoseconds. */
  readonly extendedTimes: boolean;
}

/** Bytes that look random and are the same each time. */
export function pattern(length: number, seed: number): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(Math.ceil(length / 4));
  let state = (seed * 2654435761 + 1) >>> 0 || 1;
  for (let index = 0; index < words.length; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[index] = state;
  }
  return new Uint8Array(words.buffer, 0, length);
}

/** Writes a file of `length` bytes of {@linkcode pattern}. */
export function writeFile(path: string | Uint8Array<ArrayBuffer>, length: number, seed = length) {
  using file = KernelFile.create(path);
  if (length > 0) file.write(pattern(length, seed), 0);
}

/** One of everything, below `root`. */
export function populate(root: string, capacity: Capacity): void {
  names(`${root}/names`);
  files(`${root}/files`, capacity);
  holes(`${root}/holes`, capacity);
  links(`${root}/links`, capacity);
  nodes(`${root}/nodes`);
  modes(`${root}/modes`);
  owners(`${root}/owners`);
  if (capacity.xattrSize > 0) attributes(`${root}/xattrs`, capacity);
  many(`${root}/many`, 300, 40);
  // At the end, because everything above would change them again.
  times(`${root}/times`, capacity);
}

/** Names of every kind, some of them not UTF-8. */
const NAMES: readonly (string | Uint8Array<ArrayBuffer>)[] = [
  "plain",
  "with space",
  " leading and trailing ",
  "ünïcødé",
  "u\u0308ni\u0308co\u0308de", // the same to a person, other bytes
  "日本語",
  "PLAIN",
  "...",
  "..hidden",
  "-dash",
  "back\\slash",
  "quote\"'",
  "percent%41",
  "tab\t",
  "\x01control\x7f",
  "n".repeat(255),
  "é".repeat(127),
  Uint8Array.of(0xff, 0xfe, 0x80, 0x41),
  Uint8Array.of(0xc3, 0x28),
  Uint8Array.of(0xed, 0xa0, 0x80), // a surrogate
  Uint8Array.of(0xef, 0xbb, 0xbf, 0x62), // a byte order mark, which decoders like to drop
];

function names(folder: string): void {
  makeFolder(folder);
  NAMES.forEach((name, index) => writeFile(joinBytes(folder, name), index + 1));
  makeFolder(`${folder}/deep`);
  let path = `${folder}/deep`;
  for (let depth = 0; depth < 12; depth++) makeFolder(path += `/${"d".repeat(depth * 8 + 1)}`);
  writeFile(`${path}/end`, 10);
}

function files(folder: string, { blockSize }: Capacity): void {
  makeFolder(folder);
  const around = [60, 92, 128, 156, 412, 924, blockSize, 4 * blockSize, 12 * blockSize, 65536];
  const sizes = new Set([0, 1, ...around.flatMap((size) => [size - 1, size, size + 1])]);
  for (const size of sizes) writeFile(`${folder}/${size}`, size);
  makeHardLink(`${folder}/1`, `${folder}/one`);
  makeHardLink(`${folder}/1`, `${folder}/uno`);
  makeFolder(`${folder}/empty`);
}

function holes(folder: string, { blockSize, fileSize }: Capacity): void {
  makeFolder(folder);
  const block = pattern(blockSize, 7);
  const write = (name: string, size: number, offsets: readonly number[]) => {
    using file = KernelFile.create(`${folder}/${name}`);
    for (const offset of offsets) file.write(block, offset);
    file.truncate(size);
  };
  write("only", 10 * blockSize, []);
  write("short only", 3, []);
  write("first", 3 * blockSize, [2 * blockSize]);
  write("last", 3 * blockSize, [0]);
  write("last, odd", 3 * blockSize + 5, [0]);
  write("middle", 9 * blockSize, [0, 4 * blockSize, 8 * blockSize]);
  write("unaligned", 9 * blockSize, [3, 4 * blockSize + 5]);
  // The boundaries between the direct, indirect, double and triple parts of a block map.
  const perBlock = blockSize / 4;
  const levels = [12, 12 + perBlock, 12 + perBlock + perBlock ** 2];
  const offsets = levels.flatMap((start) => [start - 1, start, start + 1])
    .map((start) => start * blockSize).filter((offset) => offset + 2 * blockSize <= fileSize);
  write("levels", offsets.at(-1)! + blockSize, offsets);
  for (const size of [2 ** 31, 2 ** 32, 5 * 2 ** 30, 2 ** 41 + 4096]) {
    if (size <= fileSize) write(`${size}`, size, [0, size / 2, size - blockSize]);
  }
}

function links(folder: string, { blockSize }: Capacity): void {
  makeFolder(folder);
  const around = [60, 92, 128, 156, 160, 255, 412, 1000, 2000, 4096];
  for (const length of new Set([1, ...around.flatMap((size) => [size - 1, size, size + 1])])) {
    if (length < Math.min(blockSize, 4096)) makeSymlink(`${folder}/${length}`, "t".repeat(length));
  }
  makeSymlink(`${folder}/bytes`, Uint8Array.of(0x2e, 0x2f, 0xff, 0xfe));
  makeSymlink(`${folder}/absolute`, "/names/plain");
  makeSymlink(`${folder}/relative`, "../names/plain");
  makeSymlink(`${folder}/above`, "../../../../names/plain");
  makeSymlink(`${folder}/root`, "/");
  makeSymlink(`${folder}/here`, ".");
  makeSymlink(`${folder}/folder`, "../files");
  makeSymlink(`${folder}/slash`, "../files/");
  makeSymlink(`${folder}/file slash`, "../names/plain/");
  makeSymlink(`${folder}/double`, "..//names/./plain");
  makeSymlink(`${folder}/dangling`, "nowhere/at/all");
  makeSymlink(`${folder}/self`, "self");
  makeSymlink(`${folder}/ping`, "pong");
  makeSymlink(`${folder}/pong`, "ping");
  // The kernel follows 40 links in one path.
  for (let index = 1; index <= 41; index++) {
    makeSymlink(`${folder}/chain ${index}`, index === 1 ? "../names/plain" : `chain ${index - 1}`);
  }
}

function nodes(folder: string): void {
  makeFolder(folder);
  makeNode(`${folder}/fifo`, S_IFIFO | 0o640);
  makeNode(`${folder}/socket`, S_IFSOCK | 0o755);
  makeNode(`${folder}/null`, S_IFCHR | 0o666, 1, 3);
  makeNode(`${folder}/disk`, S_IFBLK | 0o660, 8, 1);
  makeNode(`${folder}/zero`, S_IFCHR | 0o600, 0, 0);
  makeNode(`${folder}/old`, S_IFCHR | 0o600, 255, 255);
  // Numbers beyond a byte are kept in another form.
  makeNode(`${folder}/minor`, S_IFBLK | 0o600, 8, 256);
  makeNode(`${folder}/major`, S_IFCHR | 0o600, 256, 1);
  makeNode(`${folder}/largest`, S_IFBLK | 0o600, 4095, 1048575);
}

function modes(folder: string): void {
  makeFolder(folder);
  for (const mode of [0o000, 0o400, 0o755, 0o777, 0o1777, 0o2755, 0o4711, 0o6755, 0o7777]) {
    writeFile(`${folder}/file ${mode.toString(8)}`, 1);
    changeMode(`${folder}/file ${mode.toString(8)}`, mode);
    makeFolder(`${folder}/folder ${mode.toString(8)}`);
    changeMode(`${folder}/folder ${mode.toString(8)}`, mode);
  }
}

function owners(folder: string): void {
  makeFolder(folder);
  for (const id of [1, 1000, 65534, 65535, 65536, 100000, 2 ** 31, 2 ** 32 - 2]) {
    writeFile(`${folder}/${id}`, 1);
    changeOwner(`${folder}/${id}`, id, 2 ** 32 - 2 - id);
    makeSymlink(`${folder}/link ${id}`, "target");
    changeOwner(`${folder}/link ${id}`, id, id);
  }
}

function times(folder: string, { extendedTimes }: Capacity): void {
  makeFolder(folder);
  const seconds = [-(2 ** 31), -1, 0, 1, 2 ** 31 - 1];
  if (extendedTimes) {
    seconds.push(2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 33 + 5, 3 * 2 ** 32 + 2 ** 31 - 1);
  }
  for (const second of seconds) {
    for (const nanosecond of [0n, 1n, 999_999_999n]) {
      const time = BigInt(second) * 1_000_000_000n + nanosecond;
      writeFile(`${folder}/${second} ${nanosecond}`, 1);
      changeTimes(`${folder}/${second} ${nanosecond}`, time, time);
    }
  }
  changeTimes(`${folder}/0 0`, -1_500_000_000n, 2_000_000_001n);
  makeSymlink(`${folder}/link`, "0 0");
  changeTimes(`${folder}/link`, 1n, 2n);
}

function attributes(folder: string, { xattrSize }: Capacity): void {
  makeFolder(folder);
  const file = (name: string) => {
    writeFile(`${folder}/${name}`, 5);
    return `${folder}/${name}`;
  };
  setXattr(file("empty"), "user.empty", new Uint8Array());
  setXattr(file("small"), "user.small", pattern(10, 1));
  setXattr(`${folder}/small`, "user.another", pattern(3, 2));
  setXattr(file("long name"), `user.${"n".repeat(200)}`, pattern(10, 3));
  // The kernel keeps one block of attributes for both if they are equal.
  for (const name of ["large", "large too"]) {
    setXattr(file(name), "user.large", pattern(xattrSize, 4));
  }
  setXattr(file("both"), "user.a", pattern(20, 5));
  setXattr(`${folder}/both`, "user.b", pattern(Math.floor(xattrSize * 0.7), 6));
  setXattr(`${folder}/both`, "trusted.c", pattern(1, 7));
  setXattr(file("security"), "security.selinux", new TextEncoder().encode("a_u:object_r:b_t:s0\0"));
  // Revision 2, effective, cap_net_raw permitted.
  const capability = new Uint8Array(20);
  capability.set([1, 0, 0, 2, 0, 0x20]);
  setXattr(`${folder}/security`, "security.capability", capability);
  makeFolder(`${folder}/folder`);
  setXattr(`${folder}/folder`, "user.folder", pattern(30, 8));
  makeSymlink(`${folder}/link`, "small");
  setXattr(`${folder}/link`, "trusted.link", pattern(30, 9));
  makeNode(`${folder}/fifo`, S_IFIFO | 0o600);
  setXattr(`${folder}/fifo`, "trusted.fifo", pattern(5, 10));
  const accessList = [[1, 6], [2, 7, 1000], [2, 4, 65536], [4, 4], [8, 5, 100], [16, 7], [32, 4]];
  setXattr(file("acl"), "system.posix_acl_access", posixAcl(accessList));
  setXattr(`${folder}/folder`, "system.posix_acl_access", posixAcl(accessList));
  setXattr(`${folder}/folder`, "system.posix_acl_default", posixAcl(accessList));
  makeFolder(`${folder}/folder/inherits`);
}

/** `posix_acl_xattr_entry` of linux/posix_acl_xattr.h: a tag, permissions and, for named users and groups, an id. */
function posixAcl(entries: readonly (readonly number[])[]): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(4 + entries.length * 8));
  view.setUint32(0, 2, true);
  entries.forEach(([tag = 0, permissions = 0, id = 0xffffffff], index) => {
    view.setUint16(4 + index * 8, tag, true);
    view.setUint16(6 + index * 8, permissions, true);
    view.setUint32(8 + index * 8, id, true);
  });
  return new Uint8Array(view.buffer);
}

/** A folder of `count` names, each `length` bytes, all links to a few files (which costs no inodes). */
export function many(folder: string, count: number, length: number): void {
  makeFolder(folder);
  for (let index = 0; index < count; index++) {
    const path = `${folder}/${String(index).padEnd(length, "-")}`;
    // A file has at most 65,000 names, and the largest folders here have fewer.
    if (index === 0) writeFile(path, 1);
    else makeHardLink(`${folder}/${"0".padEnd(length, "-")}`, path);
  }
}

/** A file of `count` extents, each one block long and followed by a hole. */
export function fragments(path: string, count: number, { blockSize }: Capacity): void {
  using file = KernelFile.create(path);
  const block = pattern(blockSize, count);
  for (let index = 0; index < count; index++) file.write(block, index * 2 * blockSize);
}

/** Files with blocks that are allocated and were never written. */
export function unwritten(folder: string, { blockSize }: Capacity): void {
  makeFolder(folder);
  const block = pattern(blockSize, 3);
  for (
    const [name, writes] of [["none", []], ["first", [0]], ["last", [63]], ["few", [1, 30, 31]]]
  ) {
    using file = KernelFile.create(`${folder}/${name}`);
    file.allocate(0, 64 * blockSize);
    for (const index of writes as number[]) file.write(block, index * blockSize);
  }
  using file = KernelFile.create(`${folder}/longest extent`);
  // An unwritten extent ends at 32,767 blocks, a written one at 32,768.
  file.allocate(0, 33_000 * blockSize);
}
