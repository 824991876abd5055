/**
 * The programs of the double's stand-in guest: the other ends of vsock connections.
 */
import { buildDouble } from "../../vz_double/build_double.ts";

const { symbols: double } = Deno.dlopen(await buildDouble(), {
  vz_double_guest_listen: { parameters: ["u32"], result: "i32" },
  vz_double_guest_unlisten: { parameters: ["u32", "i32"], result: "void" },
  vz_double_guest_accept: { parameters: ["i32"], result: "i32" },
  vz_double_guest_connect: { parameters: ["u32", "u32"], result: "i32" },
});

const { symbols: libc } = Deno.dlopen("libc.so.6", {
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  close: { parameters: ["i32"], result: "i32" },
});

/** A program in the guest that listens on a port. */
export interface GuestListener extends Disposable {
  /** The guest's end of the next connection, which the host has made. */
  accept(): number;
}

/** Starts a program in the guest that listens on a port. */
export function listenInGuest(port: number): GuestListener {
  const listening = double.vz_double_guest_listen(port);
  return {
    accept: () => double.vz_double_guest_accept(listening),
    [Symbol.dispose]: () => double.vz_double_guest_unlisten(port, listening),
  };
}

/** Connects from a port of the guest to a port of the host; returns the guest's end. */
export function connectFromGuest(port: number, source: number): number {
  return double.vz_double_guest_connect(port, source);
}

/** Writes a text into one end of a connection and reads it from the other. */
export function pass(from: number, to: number, text: string): string {
  const bytes = new TextEncoder().encode(text);
  libc.write(from, bytes, BigInt(bytes.length));
  const buffer = new Uint8Array(256);
  const length = Number(libc.read(to, buffer, BigInt(buffer.length)));
  return new TextDecoder().decode(buffer.subarray(0, length));
}

/** Whether the other end of a connection is closed. */
export function isEnded(descriptor: number): boolean {
  return libc.read(descriptor, new Uint8Array(1), 1n) === 0n;
}

/** Closes a descriptor. */
export function close(descriptor: number): void {
  libc.close(descriptor);
}
