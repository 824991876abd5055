/** The arrays that hold one number of each row. */
type Column =
  | Uint8Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>;

/** Shorter columns are copied when they grow: plain memory is faster to use. */
const MIN_GROWING_LENGTH = 1 << 18;
/** Columns can grow up to this size in bytes. Only addresses are set aside for it, not memory. */
const MAX_COLUMN_SIZE = 2 ** 32;

/**
 * A longer column, whose new part is 0; the given one must not be used any more. A long column gets memory that can grow
 * where it is: copies of all columns would double the memory that the process needs.
 */
export function grown<Kind extends Column>(column: Kind, length: number): Kind {
  const size = length * column.BYTES_PER_ELEMENT;
  const type = column.constructor as new (
    buffer: ArrayBuffer,
    offset: number,
    length: number,
  ) => Kind;
  if (column.buffer.resizable) {
    column.buffer.resize(size);
    return new type(column.buffer, 0, length);
  }
  const buffer = length < MIN_GROWING_LENGTH
    ? new ArrayBuffer(size)
    : new ArrayBuffer(size, { maxByteLength: MAX_COLUMN_SIZE });
  const longer = new type(buffer, 0, length);
  longer.set(column);
  column.buffer.transfer(0);
  return longer;
}

/** The length to grow to. */
export function nextLength(length: number): number {
  return Math.ceil(length * (length < MIN_GROWING_LENGTH ? 2 : 1.25));
}

/** Sets a number that is often 0 already: memory that nobody writes to does not count. */
export function setIfOther(column: Column, index: number, value: number): void {
  if (column[index] !== value) column[index] = value;
}
