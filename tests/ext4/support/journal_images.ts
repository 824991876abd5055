/**
 * Images that were not unmounted: the truth about them is what recovery of their journal makes of them.
 *
 * @module
 */

import {
  changeMode,
  KernelFile,
  makeFolder,
  makeHardLink,
  makeSymlink,
  removeFile,
  removeFolder,
  rename,
  setXattr,
  syncFolder,
} from "./libc.ts";
import { many, pattern, writeFile } from "./populate.ts";
import { run, withMount } from "./programs.ts";
import { type ByDebugfs, writeJournal } from "./write_journal.ts";

/** One image in need of recovery. */
export interface JournalKind {
  /** What is special about it. */
  readonly name: string;
  /** Features, in the words of `mke2fs -O`, and no others. */
  readonly features: string;
  /** In bytes (default: 1024). */
  readonly blockSize?: number;
  /** The journal's size in MiB (default: the minimum). */
  readonly journalSize?: number;
  /** How the journal came to be written. */
  readonly written: ByKernel | ByDebugfs;
  /** The only witness, if the kernel cannot mount it (default: both). */
  readonly truth?: "e2fsck";
}

/** The kernel wrote it, and the image was copied while it was mounted. */
export interface ByKernel {
  /** Mount options. */
  readonly mount: string;
  /** The changes since everything was last in its place. */
  readonly work: (root: string) => void;
}

const FEATURES =
  "has_journal,extent,ext_attr,dir_index,filetype,sparse_super,large_file,huge_file," +
  "dir_nlink,extra_isize,flex_bg";
const WITH_CHECKSUMS = `${FEATURES},metadata_csum`;
/** The kernel commits only when it is told to. */
const QUIET = "noinit_itable,commit=3600";

const COMMANDS: readonly (readonly string[])[] = [
  ["mkdir /new", "symlink /new/link target", "ea_set /new user.a value"],
  ["mkdir /new/below", "rm /new/link", "sif /new mode 040700"],
  ["symlink /new/last target"],
];

/** The images. */
export const JOURNAL_KINDS: readonly JournalKind[] = [
  {
    name: "ext3 by the kernel",
    features: "has_journal,ext_attr,filetype,dir_index",
    written: { mount: QUIET, work: changes },
  },
  {
    name: "ext4 without checksums, 4 KiB blocks",
    features: FEATURES,
    blockSize: 4096,
    written: { mount: QUIET, work: changes },
  },
  {
    name: "ext4, 64bit",
    features: `${FEATURES},64bit`,
    written: { mount: QUIET, work: changes },
  },
  {
    name: "checksums of whole transactions (version 1)",
    features: FEATURES,
    written: { mount: `${QUIET},journal_checksum`, work: changes },
  },
  {
    name: "asynchronous commits",
    features: FEATURES,
    written: { mount: `${QUIET},journal_async_commit,data=writeback`, work: changes },
  },
  {
    name: "checksums of each block (version 3)",
    features: WITH_CHECKSUMS,
    blockSize: 4096,
    written: { mount: QUIET, work: changes },
  },
  {
    name: "checksums of each block (version 3), 64bit",
    features: `${WITH_CHECKSUMS},64bit`,
    blockSize: 2048,
    written: { mount: QUIET, work: changes },
  },
  // Each round commits some 30 of 1,024 blocks. The places where the journal starts and wraps around differ.
  ...[40, 50, 60].map((rounds): JournalKind => ({
    name: `a journal that has gone round its end, ${rounds} rounds`,
    features: `${WITH_CHECKSUMS},64bit`,
    written: {
      mount: QUIET,
      work: (root) => {
        for (let round = 0; round < rounds; round++) {
          many(`${root}/round ${round}`, 60, 200);
          syncFolder(root);
        }
      },
    },
  })),
  {
    name: "data in the journal, some of it like the journal's own blocks",
    features: WITH_CHECKSUMS,
    written: {
      mount: `${QUIET},data=journal`,
      work: (root) => {
        changes(root);
        // A block that starts like a descriptor is written escaped.
        using file = KernelFile.create(`${root}/escaped`);
        const block = pattern(1024, 1);
        new DataView(block.buffer).setUint32(0, 0xc03b3998);
        for (let index = 0; index < 20; index++) file.write(block, index * 2048);
        file.sync();
      },
    },
  },
  {
    name: "blocks revoked and used again",
    features: FEATURES,
    written: { mount: QUIET, work: revoke },
  },
  {
    name: "blocks revoked and used again, 64bit and checksums",
    features: `${WITH_CHECKSUMS},64bit`,
    written: { mount: QUIET, work: revoke },
  },
  {
    name: "orphans",
    features: `${WITH_CHECKSUMS},64bit`,
    written: { mount: QUIET, work: orphan },
  },
  {
    name: "an orphan file",
    features: `${WITH_CHECKSUMS},64bit,orphan_file`,
    written: { mount: QUIET, work: orphan },
  },
  {
    name: "inline data",
    features: `${WITH_CHECKSUMS},64bit,inline_data`,
    written: { mount: QUIET, work: changes },
  },
  ...["", "-c -v 2", "-c -v 3"].flatMap((open) =>
    ["", ",64bit", ",64bit,metadata_csum"].map((more): JournalKind => ({
      name: `by debugfs, jo ${open}, ${more.slice(1)}`,
      features: FEATURES + more,
      written: { open, transactions: COMMANDS },
    }))
  ),
  ...[8192, 65536].map((blockSize): JournalKind => ({
    name: `by debugfs, blocks of ${blockSize}`,
    features: `${WITH_CHECKSUMS},64bit`,
    blockSize,
    written: { open: "-c -v 3", transactions: COMMANDS },
    truth: "e2fsck",
  })),
];

/** The journal's tail holds fast commits, which describe changes instead of holding changed blocks. */
export const FAST_COMMITS: JournalKind = {
  name: "fast commits",
  features: `${WITH_CHECKSUMS},64bit,fast_commit`,
  blockSize: 4096,
  journalSize: 8,
  written: { mount: QUIET, work: fastCommits },
};

/** Every kind of change, in several transactions. */
function changes(root: string): void {
  makeFolder(`${root}/changes`);
  writeFile(`${root}/changes/file`, 5000);
  many(`${root}/changes/many`, 200, 60);
  syncFolder(root);
  setXattr(`${root}/changes/file`, "user.large", pattern(800, 1));
  changeMode(`${root}/changes/file`, 0o600);
  makeSymlink(`${root}/changes/link`, "t".repeat(300));
  rename(`${root}/old/a`, `${root}/changes/moved`);
  makeHardLink(`${root}/changes/file`, `${root}/old/file`);
  syncFolder(root);
  removeFile(`${root}/old/b`);
  removeFile(`${root}/old/c/inside`);
  removeFolder(`${root}/old/c`);
  using file = KernelFile.create(`${root}/old/d`);
  file.truncate(100);
  file.sync();
  // Not committed, so lost.
  makeFolder(`${root}/lost`);
}

/** A folder's blocks are committed, freed and become a file's: replaying the folder would destroy the file. */
function revoke(root: string): void {
  for (let round = 0; round < 3; round++) {
    many(`${root}/folder`, 400, 200);
    syncFolder(root);
    for (let index = 0; index < 400; index++) {
      removeFile(`${root}/folder/${String(index).padEnd(200, "-")}`);
    }
    removeFolder(`${root}/folder`);
    syncFolder(root);
    writeFile(`${root}/reused ${round}`, 150_000, round);
    using file = KernelFile.open(`${root}/reused ${round}`);
    file.sync();
  }
}

/** Open files without a name, and a file that is being truncated. */
function orphan(root: string): void {
  changes(root);
  for (let index = 0; index < 5; index++) {
    writeFile(`${root}/unlinked ${index}`, 5000);
    // Left open on purpose, until the process ends its work on this mount.
    held.push(KernelFile.open(`${root}/unlinked ${index}`));
    removeFile(`${root}/unlinked ${index}`);
  }
  syncFolder(root);
}

const held: KernelFile[] = [];

function fastCommits(root: string): void {
  changes(root);
  writeFile(`${root}/fast`, 100);
  for (let round = 0; round < 5; round++) {
    using file = KernelFile.create(`${root}/fast`);
    file.write(pattern(3000, round), round * 8000);
    file.sync();
    using another = KernelFile.create(`${root}/fast ${round}`);
    another.write(pattern(10, round), 0);
    another.sync();
  }
  makeHardLink(`${root}/fast`, `${root}/fast too`);
  removeFile(`${root}/fast 1`);
  using file = KernelFile.create(`${root}/fast`);
  file.truncate(20_000);
  file.sync();
}

/** Makes the image `path`, in need of recovery. Needs root. */
export async function makeJournalImage(kind: JournalKind, path: string): Promise<void> {
  const { written, blockSize = 1024 } = kind;
  await Deno.writeFile(path, new Uint8Array());
  await Deno.truncate(path, Math.max(2 ** 25, 2200 * blockSize));
  await run("mke2fs", [
    ...["-q", "-F", "-t", "ext4", "-O", `none,${kind.features}`, "-b", `${blockSize}`],
    // At least 1,024 blocks.
    ...["-J", `size=${kind.journalSize ?? Math.max(1, blockSize / 1024)}`, "-N", "512", path],
  ]);
  if ("mount" in written) await writeByKernel(path, written);
  else await writeJournal(path, written, blockSize);
  const { stdout } = await new Deno.Command("dumpe2fs", { args: ["-h", path], stderr: "null" })
    .output();
  if (!new TextDecoder().decode(stdout).includes("needs_recovery")) {
    throw new Error("The image does not need recovery");
  }
}

async function writeByKernel(path: string, { mount, work }: ByKernel): Promise<void> {
  await withMount(path, "noinit_itable", (root) => {
    makeFolder(`${root}/old`);
    for (const name of ["a", "b", "d"]) writeFile(`${root}/old/${name}`, 3000);
    makeFolder(`${root}/old/c`);
    writeFile(`${root}/old/c/inside`, 30);
  });
  const crashed = `${path}.crashed`;
  await withMount(path, mount, async (root) => {
    try {
      work(root);
      await run("cp", ["--sparse=always", path, crashed]);
    } finally {
      for (const file of held.splice(0)) file[Symbol.dispose]();
    }
  });
  await Deno.rename(crashed, path);
}
