import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { UdpListener } from "../../../lib/vm/ports/udp_listener.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** A guest that answers each datagram in capitals. */
class Echo {
  open = 0;
  made = 0;

  connect() {
    this.open++;
    this.made++;
    const { readable, writable } = new TransformStream<Bytes, Bytes>({
      transform: (bytes, controller) =>
        controller.enqueue(
          new TextEncoder().encode(new TextDecoder().decode(bytes).toUpperCase()),
        ),
    });
    let isOpen = true;
    return {
      opened: Promise.resolve(),
      readable,
      writable,
      close: () => {
        if (isOpen) this.open--;
        isOpen = false;
      },
    };
  }
}

async function client(): Promise<Socket> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", () => resolve()));
  return socket;
}

async function ask(socket: Socket, port: number, text: string): Promise<string> {
  const answer = new Promise<string>((resolve) =>
    socket.once("message", (message) => resolve(message.toString()))
  );
  socket.send(text, port, "127.0.0.1");
  return await answer;
}

Deno.test("UdpListener gives each sender its own answers, and forgets the silent ones", async () => {
  const echo = new Echo();
  const listener = await UdpListener.open("127.0.0.1", 0, { idle: 200 });
  listener.serve(() => echo.connect());
  const [one, two] = [await client(), await client()];
  assert.equal(await ask(one, listener.port, "first"), "FIRST");
  assert.equal(await ask(two, listener.port, "second"), "SECOND");
  assert.equal(await ask(one, listener.port, "third"), "THIRD");
  assert.equal(echo.made, 2);
  while (echo.open > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(await ask(one, listener.port, "again"), "AGAIN");
  assert.equal(echo.made, 3);
  listener[Symbol.dispose]();
  assert.equal(echo.open, 0);
  for (const socket of [one, two]) {
    await new Promise<void>((resolve) => socket.close(() => resolve()));
  }
});

Deno.test("UdpListener forgets the sender that was silent longest when there are too many", async () => {
  const echo = new Echo();
  const listener = await UdpListener.open("127.0.0.1", 0);
  listener.serve(() => echo.connect());
  const sockets: Socket[] = [];
  for (let count = 0; count < 300; count++) {
    const socket = await client();
    sockets.push(socket);
    assert.equal(await ask(socket, listener.port, `${count}`), `${count}`);
  }
  assert.equal(echo.made, 300);
  assert.equal(echo.open, 256);
  listener[Symbol.dispose]();
  assert.equal(echo.open, 0);
  for (const socket of sockets) await new Promise<void>((resolve) => socket.close(() => resolve()));
});
