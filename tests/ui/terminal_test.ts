import assert from "node:assert/strict";
import { attachTerminal } from "../../lib/ui/mod.ts";

function fakeTerminal(isTerminal: boolean) {
  const typed = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>();
  const raw: boolean[] = [];
  let shown = "";
  return {
    keyboard: typed.writable.getWriter(),
    raw,
    shown: () => shown,
    streams: {
      stdin: {
        readable: typed.readable,
        isTerminal: () => isTerminal,
        setRaw: (on: boolean) => void raw.push(on),
      },
      stdout: {
        writeSync: (data: Uint8Array) => {
          shown += new TextDecoder().decode(data);
          return data.length;
        },
      },
    },
  };
}

function fakeGuest() {
  const output = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>();
  const input: number[] = [];
  return {
    output: output.writable.getWriter(),
    input,
    channel: {
      readable: output.readable,
      writable: new WritableStream<Uint8Array<ArrayBuffer>>({
        write: (chunk) => void input.push(...chunk),
      }),
    },
  };
}

const bytes = (text: string) => new TextEncoder().encode(text);
const signal = new AbortController().signal;

Deno.test("attachTerminal() carries both ways in raw mode until Ctrl-] q, and restores the terminal", async () => {
  const terminal = fakeTerminal(true);
  const guest = fakeGuest();
  const attached = attachTerminal(guest.channel, { signal, streams: terminal.streams });
  await guest.output.write(bytes("login: "));
  await terminal.keyboard.write(bytes("root\r\x03\x1dq"));
  assert.equal(await attached, "quit");
  assert.equal(terminal.shown(), "login: ");
  assert.deepEqual(guest.input, [...bytes("root\r\x03")]);
  assert.deepEqual(terminal.raw, [true, false]);
});

Deno.test("attachTerminal() ends with the guest's output", async () => {
  const terminal = fakeTerminal(true);
  const guest = fakeGuest();
  const attached = attachTerminal(guest.channel, { signal, streams: terminal.streams });
  await guest.output.close();
  assert.equal(await attached, "ended");
  assert.deepEqual(terminal.raw, [true, false]);
});

Deno.test("attachTerminal() passes a pipe through as it is, and outlives its end", async () => {
  const terminal = fakeTerminal(false);
  const guest = fakeGuest();
  const attached = attachTerminal(guest.channel, { signal, streams: terminal.streams });
  await terminal.keyboard.write(bytes("\x1dq"));
  await terminal.keyboard.close();
  await guest.output.write(bytes("still here"));
  await guest.output.close();
  assert.equal(await attached, "ended");
  assert.deepEqual(guest.input, [...bytes("\x1dq")]);
  assert.equal(terminal.shown(), "still here");
  assert.deepEqual(terminal.raw, []);
});

Deno.test("attachTerminal() restores the terminal when it is aborted and when output fails", async () => {
  const terminal = fakeTerminal(true);
  const stop = new AbortController();
  const attached = attachTerminal(fakeGuest().channel, {
    signal: stop.signal,
    streams: terminal.streams,
  });
  stop.abort();
  assert.equal(await attached, "aborted");
  assert.deepEqual(terminal.raw, [true, false]);

  const broken = fakeTerminal(true);
  const guest = fakeGuest();
  const failing = attachTerminal(guest.channel, {
    signal,
    streams: {
      ...broken.streams,
      stdout: {
        writeSync: () => {
          throw new Deno.errors.BrokenPipe("gone");
        },
      },
    },
  });
  void guest.output.write(bytes("x")).catch(() => {});
  await assert.rejects(failing, Deno.errors.BrokenPipe);
  assert.deepEqual(broken.raw, [true, false]);
});
