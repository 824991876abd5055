import { SnapvmError } from "../../error/mod.ts";
import { type LayerMember, readTar, tarEnd, tarHeader, tarPadding } from "../../oci/mod.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * Writes a tar archive of any dialect anew as the one that a guest's agent takes: ustar headers with PAX records. Only a
 * piece of it is in memory at a time.
 *
 * @param archive The archive: ustar, PAX or GNU's.
 * @throws {SnapvmError} `corrupt-archive` if it is not a tar archive, or a damaged one.
 */
export async function* repackArchive(archive: AsyncIterable<Bytes>): AsyncGenerator<Bytes> {
  const { readable, writable } = new TransformStream<Bytes, Bytes>();
  const repacked = repack(archive, writable.getWriter());
  repacked.catch(() => {});
  yield* readable;
  await repacked;
}

async function repack(
  archive: AsyncIterable<Bytes>,
  writer: WritableStreamDefaultWriter<Bytes>,
): Promise<void> {
  writer.closed.catch(() => {});
  let waiting: Bytes[] = [];
  let isEmpty = true;
  /** What was read of the current file's data. */
  let stored = 0;
  const send = async () => {
    const pieces = waiting;
    waiting = [];
    for (const piece of pieces) await writer.write(piece);
  };
  const endMember = () => {
    waiting.push(tarPadding(stored));
    stored = 0;
  };
  async function* pieces(): AsyncGenerator<Bytes> {
    for await (const piece of archive) {
      isEmpty &&= piece.length === 0;
      yield piece;
      await send();
    }
  }
  try {
    await readTar(pieces(), {
      member: (member) => {
        endMember();
        waiting.push(headerOf(member));
        return true;
      },
      data: (bytes) => {
        stored += bytes.length;
        waiting.push(bytes.slice());
      },
    });
    if (isEmpty) {
      throw new SnapvmError("corrupt-archive", "Cannot read the archive: it is empty", {
        data: { rule: "archive-truncated" },
      });
    }
    endMember();
    waiting.push(tarEnd);
    await send();
    await writer.close();
  } catch (error) {
    await writer.abort(error).catch(() => {});
    throw error;
  }
}

function headerOf(member: LayerMember): Bytes {
  const { path, type, mode, uid, gid, size, mtime, linkPath, device, xattrs, dataRanges } = member;
  return tarHeader({
    ...{ path, type, mode, uid, gid, size },
    mtimeNs: BigInt(mtime.seconds) * 1_000_000_000n + BigInt(mtime.nanoseconds),
    ...linkPath && { linkPath },
    ...device && { device },
    ...xattrs && { xattrs },
    ...dataRanges && { dataRanges },
  });
}
