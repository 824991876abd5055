/**
 * Arguments that only make sense for an image that was installed on a disk of its own: another root, `ostree=` and
 * `composefs=` (they start units that look for a deployment), verity hashes, encrypted disks and swap, and what boot
 * loaders add.
 */
const NOT_FROM_IMAGE = [
  /^(?:root|rootfstype|rootflags|rootdelay|ro|rw)$/,
  /^(?:ostree|composefs)(?:\..*)?$/,
  /^(?:rd\.)?systemd\.(?:.*\.)?verity.*$/,
  /^(?:roothash|roothashsig|usrhash|usrhashsig|mount\.usr.*)$/,
  /^(?:rd\.)?luks(?:\..*)?$/,
  /^(?:resume|resume_offset)$/,
  /^(?:initrd|initrdmem|BOOT_IMAGE)$/,
];

/** An image's kernel arguments, sorted out. */
export interface FilteredArguments {
  /** Those that are passed on. */
  readonly kept: readonly string[];
  /** Those that are left out. */
  readonly dropped: readonly string[];
}

/**
 * Sorts out the image's own arguments: which are passed on, and which make no sense for a machine whose root is the
 * snapshot itself. `--` and what follows it are left out too, because the kernel hands everything after `--` to init.
 *
 * @param all The image's arguments.
 * @returns Both kinds, each in its original order.
 */
export function filterImageArguments(all: readonly string[]): FilteredArguments {
  const separator = all.indexOf("--");
  const before = separator < 0 ? all : all.slice(0, separator);
  const dropped = separator < 0 ? [] : all.slice(separator);
  const isDropped = (argument: string) => {
    const name = argument.replace(/^"/, "").replace(/[="].*$/s, "").replaceAll("-", "_");
    return NOT_FROM_IMAGE.some((pattern) => pattern.test(name));
  };
  return {
    kept: before.filter((argument) => !isDropped(argument)),
    dropped: [...before.filter(isDropped), ...dropped],
  };
}
