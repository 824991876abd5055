/** The serial port of QEMU's `virt` machine, a PL011. */
const SERIAL_PORT = 0x0900;
/** `SYSTEM_OFF` of Arm's Power State Coordination Interface (DEN0022). */
const SYSTEM_OFF = { high: 0x8400, low: 0x0008 };

/**
 * A guest for arm64 that needs no package: a raw image which prints a text on the serial port and powers off. The
 * instructions are encoded as in the Arm Architecture Reference Manual, section C6.2.
 */
export function arm64Program(text: string): Uint8Array<ArrayBuffer> {
  const instructions = [
    0xd2a00001 | SERIAL_PORT << 5, //       movz x1, #SERIAL_PORT, lsl #16
    0x10000122, //                          adr  x2, text
    0x38401440, //                    next: ldrb w0, [x2], #1
    0x34000060, //                          cbz  w0, off
    0xb9000020, //                          str  w0, [x1]
    0x17fffffd, //                          b    next
    0xd2800000 | SYSTEM_OFF.low << 5, //  off: movz x0, #low
    0xf2a00000 | SYSTEM_OFF.high << 5, //   movk x0, #high, lsl #16
    0xd4000002, //                          hvc  #0
    0x14000000, //                          b    .
  ];
  const bytes = new TextEncoder().encode(text + "\0");
  const image = new Uint8Array(instructions.length * 4 + bytes.length);
  const view = new DataView(image.buffer);
  for (const [index, word] of instructions.entries()) view.setUint32(index * 4, word >>> 0, true);
  image.set(bytes, instructions.length * 4);
  return image;
}
