import { bytes, concat } from "./layer.ts";

/** What a hand-made header says, where it differs from that of an empty file; `at` puts bytes at an offset. */
export interface RawHeader {
  readonly name?: string;
  readonly mode?: string;
  readonly uid?: string | Uint8Array;
  readonly gid?: string | Uint8Array;
  readonly size?: string | Uint8Array;
  readonly mtime?: string | Uint8Array;
  readonly type?: string;
  readonly link?: string;
  readonly magic?: string;
  readonly major?: string | Uint8Array;
  readonly minor?: string | Uint8Array;
  readonly prefix?: string;
  readonly at?: Readonly<Record<number, string | Uint8Array>>;
  readonly checksum?: "unsigned" | "signed" | "wrong";
}

/** One header block, byte by byte. */
export function rawHeader(header: RawHeader): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(512);
  const put = (value: string | Uint8Array, offset: number) =>
    block.set(typeof value === "string" ? bytes(value) : value, offset);
  put(header.name ?? "name", 0);
  put(header.mode ?? "0000644\0", 100);
  put(header.uid ?? "0000000\0", 108);
  put(header.gid ?? "0000000\0", 116);
  put(header.size ?? "00000000000\0", 124);
  put(header.mtime ?? "00000000000\0", 136);
  put(header.type ?? "0", 156);
  put(header.link ?? "", 157);
  put(header.magic ?? "ustar\x0000", 257);
  put(header.major ?? "0000000\0", 329);
  put(header.minor ?? "0000000\0", 337);
  put(header.prefix ?? "", 345);
  for (const [offset, value] of Object.entries(header.at ?? {})) put(value, Number(offset));
  put("        ", 148);
  const isSigned = header.checksum === "signed";
  let sum = header.checksum === "wrong" ? 1 : 0;
  for (const byte of block) sum += isSigned && byte >= 128 ? byte - 256 : byte;
  put(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

/** Data, filled up to whole blocks. */
export function blocks(data: string | Uint8Array): Uint8Array<ArrayBuffer> {
  const content = typeof data === "string" ? bytes(data) : data;
  return concat(content, new Uint8Array((512 - content.length % 512) % 512));
}

/** An octal field of 12 bytes. */
export function octal(value: number): string {
  return `${value.toString(8).padStart(11, "0")}\0`;
}

/** An extended header of records, whose lengths are counted. */
export function rawPax(
  records: readonly (readonly [string, string | Uint8Array])[],
  type: "x" | "g" | "X" = "x",
): Uint8Array<ArrayBuffer> {
  const data = concat(...records.map(([key, value]) => record(key, value)));
  return rawMember({ name: "pax", type }, data);
}

function record(key: string, value: string | Uint8Array): Uint8Array {
  const rest = concat(
    bytes(` ${key}=`),
    typeof value === "string" ? bytes(value) : value,
    bytes("\n"),
  );
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length++;
  return concat(bytes(String(length)), rest);
}

/** A header and its data. */
export function rawMember(header: RawHeader, data: string | Uint8Array): Uint8Array<ArrayBuffer> {
  const content = typeof data === "string" ? bytes(data) : data;
  return concat(rawHeader({ size: octal(content.length), ...header }), blocks(content));
}
