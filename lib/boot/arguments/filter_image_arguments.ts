/**
 * What an image may ask for and does not get, because it is about how the image would be installed on a disk of its
 * own: another root, `ostree=` and `composefs=` (they start the units that look for a deployment), verity hashes,
 * encrypted and swap disks that are not there, and what a boot loader leaves.
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

/** An image's kernel arguments, sorted. */
export interface FilteredArguments {
  /** Those that are passed on. */
  readonly kept: readonly string[];
  /** Those that are not. */
  readonly dropped: readonly string[];
}

/**
 * Sorts the image's own arguments into those that are passed on and those that make no sense for a machine whose root
 * is the snapshot itself. What follows `--` is left out too: it would swallow all that comes after it.
 *
 * @param all The arguments as they stand in the image.
 * @returns Both kinds, each in its order.
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
