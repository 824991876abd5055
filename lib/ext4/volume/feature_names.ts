import { Incompatible } from "./incompatible.ts";

/** The names of the bits of `s_feature_compat`, lowest first, as `dumpe2fs` has them. */
const COMPAT_NAMES = [
  "dir_prealloc",
  "imagic_inodes",
  "has_journal",
  "ext_attr",
  "resize_inode",
  "dir_index",
  "lazy_bg",
  null,
  "snapshot_bitmap",
  "sparse_super2",
  "fast_commit",
  "stable_inodes",
  "orphan_file",
];

/** The same for `s_feature_incompat`. */
const INCOMPAT_NAMES = [
  "compression",
  "filetype",
  "needs_recovery",
  "journal_dev",
  "meta_bg",
  null,
  "extent",
  "64bit",
  "mmp",
  "flex_bg",
  "ea_inode",
  null,
  "dirdata",
  "metadata_csum_seed",
  "large_dir",
  "inline_data",
  "encrypt",
  "casefold",
];

/** The same for `s_feature_ro_compat`. */
const RO_COMPAT_NAMES = [
  "sparse_super",
  "large_file",
  null,
  "huge_file",
  "uninit_bg",
  "dir_nlink",
  "extra_isize",
  null,
  "quota",
  "bigalloc",
  "metadata_csum",
  "replica",
  "read-only",
  "project",
  "shared_blocks",
  "verity",
  "orphan_present",
];

/** Features that a reader has to know and this one does not. */
const UNSUPPORTED = new Set(["compression", "journal_dev", "dirdata"]);

function namesOf(bits: number, names: readonly (string | null)[], letter: string): string[] {
  const set: string[] = [];
  for (let bit = 0; bit < 32; bit++) {
    if ((bits & (1 << bit)) !== 0) set.push(names[bit] ?? `FEATURE_${letter}${bit}`);
  }
  return set;
}

/**
 * The names of all features that are set, in the order of `dumpe2fs`. A bit without a name is named as in e2fsprogs,
 * such as `FEATURE_I23`.
 */
export function featureNames(
  s_feature_compat: number,
  s_feature_incompat: number,
  s_feature_ro_compat: number,
): string[] {
  return [
    ...namesOf(s_feature_compat, COMPAT_NAMES, "C"),
    ...namesOf(s_feature_incompat, INCOMPAT_NAMES, "I"),
    ...namesOf(s_feature_ro_compat, RO_COMPAT_NAMES, "R"),
  ];
}

/**
 * Refuses a filesystem with a feature that a reader has to know and this one does not.
 *
 * @throws {Incompatible} With the name of the first such feature.
 */
export function checkFeatures(s_feature_incompat: number): void {
  for (const name of namesOf(s_feature_incompat, INCOMPAT_NAMES, "I")) {
    if (UNSUPPORTED.has(name) || name.startsWith("FEATURE_")) {
      throw new Incompatible("the filesystem", name);
    }
  }
}
