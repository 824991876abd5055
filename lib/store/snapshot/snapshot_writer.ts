import type { Ext4Writer } from "../../ext4/mod.ts";

/** As large as those of `container`: a guest gets it as its disk, and nothing is allocated that is not used. */
const SNAPSHOT_SIZE = 512 * 2 ** 30;

/**
 * Begins the filesystem of a snapshot: with a journal, as `container` makes it. With `SOURCE_DATE_EPOCH` in the
 * environment the same layers give the same bytes.
 *
 * @param path Its file, which is not there yet.
 * @param manifest The digest of the image's manifest.
 * @param epoch The time of everything that has none, in seconds since 1970 (default: `$SOURCE_DATE_EPOCH`).
 */
export async function createSnapshotWriter(
  path: string,
  manifest: string,
  epoch: string | undefined = Deno.env.get("SOURCE_DATE_EPOCH"),
): Promise<Ext4Writer> {
  const { Ext4Writer } = await import(
    import.meta.resolve("../../ext4/mod.ts")
  ) as typeof import("../../ext4/mod.ts");
  return await Ext4Writer.create(path, {
    size: SNAPSHOT_SIZE,
    journal: true,
    ...epoch !== undefined && /^\d{1,12}$/.test(epoch) && reproducible(manifest, Number(epoch)),
  });
}

/** What would differ each time. The digits of a digest are as good as random ones. */
function reproducible(manifest: string, epoch: number) {
  const hex = manifest.replace(/^sha256:/, "");
  return {
    time: new Date(epoch * 1000),
    uuid: uuidOf(hex.slice(0, 32)),
    hashSeed: uuidOf(hex.slice(32)),
  };
}

/** A UUID of version 8, which says nothing about its digits (RFC 9562). */
function uuidOf(hex: string): string {
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join("-");
}
