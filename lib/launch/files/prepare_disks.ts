import { reasonOf, SnapvmError } from "../../error/mod.ts";
import { readAt } from "../../host/mod.ts";
import type { AttachedDisk } from "../../vm/mod.ts";
import type { Disk } from "./disk.ts";

/** Serial numbers of disks that snapvm itself adds. */
const OWN_SERIALS = ["root", "swap"];

const QCOW2_MAGIC = [0x51, 0x46, 0x49, 0xfb];

/** What other formats begin with. As raw images they would be disks full of rubbish. */
const OTHER_FORMATS: readonly { readonly name: string; readonly magic: string }[] = [
  { name: "a VMDK image", magic: "KDMV" },
  { name: "a VMDK image", magic: "# Disk DescriptorFile" },
  { name: "a VHDX image", magic: "vhdxfile" },
  { name: "a VHD image", magic: "conectix" },
  { name: "a VDI image", magic: "<<< " },
  { name: "compressed by gzip", magic: "\x1f\x8b" },
  { name: "compressed by xz", magic: "\xfd7zXZ" },
  { name: "compressed by zstd", magic: "\x28\xb5\x2f\xfd" },
];

/**
 * Looks at the files that are to be disks of a guest before anything is started.
 *
 * @param disks The files.
 * @returns The same, with their formats and serial numbers.
 * @throws {SnapvmError} `disk-unusable` if a file cannot be a disk, `place-taken` if two would have the same serial
 * number.
 * @throws {RangeError} If a serial number is none.
 */
export async function prepareDisks(disks: readonly Disk[]): Promise<AttachedDisk[]> {
  const serials = new Set(OWN_SERIALS);
  const prepared: AttachedDisk[] = [];
  for (const [index, { path, readOnly = false, serial = `disk${index + 1}` }] of disks.entries()) {
    if (!/^[A-Za-z0-9._-]{1,20}$/.test(serial)) {
      throw new RangeError(`Cannot give a disk the serial number ${JSON.stringify(serial)}`);
    }
    if (serials.has(serial)) {
      throw new SnapvmError(
        "place-taken",
        `Cannot give the disk ${path} the serial number ${serial}: another disk has it`,
        { data: { place: serial } },
      );
    }
    serials.add(serial);
    const { realPath, format } = await inspect(path, readOnly);
    prepared.push({ path: realPath, format, serial, readOnly });
  }
  return prepared;
}

async function inspect(
  path: string,
  readOnly: boolean,
): Promise<{ realPath: string; format: AttachedDisk["format"] }> {
  let realPath: string;
  const head = new Uint8Array(32);
  try {
    realPath = await Deno.realPath(path);
    // Before it is opened: to open a FIFO would wait for a program that writes to it.
    if (!(await Deno.stat(realPath)).isFile) {
      throw unusable(path, "not-a-file", "it is not a regular file");
    }
    using file = await Deno.open(realPath, { read: true, write: !readOnly });
    if ((await file.stat()).size === 0) throw unusable(path, "format", "it is empty");
    await readAt(file, 0, head);
  } catch (cause) {
    if (cause instanceof SnapvmError) throw cause;
    if (cause instanceof Deno.errors.NotFound) {
      throw unusable(path, "missing", "there is no such file", cause);
    }
    throw unusable(path, "no-permission", reasonOf(cause), cause);
  }
  return { realPath, format: formatOf(path, head) };
}

/**
 * A guest writes what it likes to a raw image, also the header of a qcow2 image that names a file of the host as the
 * one beneath it. So it is the name, which no guest can change, that says what a file is.
 */
function formatOf(path: string, head: Uint8Array): AttachedDisk["format"] {
  const isQcow2 = QCOW2_MAGIC.every((byte, index) => head[index] === byte);
  if (/\.qcow2$/i.test(path)) {
    if (isQcow2) return "qcow2";
    throw unusable(path, "format", "its name ends in .qcow2, and it is no qcow2 image");
  }
  if (isQcow2) {
    throw unusable(
      path,
      "disguised",
      "it is a qcow2 image, and its name does not end in .qcow2; a guest could have made it one",
    );
  }
  const text = String.fromCharCode(...head);
  const other = OTHER_FORMATS.find(({ magic }) => text.startsWith(magic));
  if (other === undefined) return "raw";
  throw unusable(path, "format", `it is ${other.name}; a disk is a raw or a qcow2 image`);
}

function unusable(
  path: string,
  reason: "missing" | "not-a-file" | "no-permission" | "format" | "disguised",
  why: string,
  cause?: unknown,
): SnapvmError {
  return new SnapvmError("disk-unusable", `Cannot attach the disk ${path}: ${why}`, {
    data: { path, reason },
    cause,
  });
}
