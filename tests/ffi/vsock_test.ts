import assert from "node:assert/strict";
import { createGuest } from "./support/double_guest.ts";
import { close, connectFromGuest, isEnded, listenInGuest, pass } from "./support/stand_in_guest.ts";

const WAIT = "while :; do sleep 1; done";
const MANY = 1000;

Deno.test("VirtualMachine.connectVsock() connects to a program in the guest", async () => {
  await using guest = await createGuest(WAIT, { changes: { vsock: true } });
  await guest.machine.start();
  await assert.rejects(guest.machine.connectVsock(22), {
    name: "VirtualizationError",
    message:
      "Cannot connect to the guest's port 22: Connection reset by peer (NSPOSIXErrorDomain 54)",
  });
  using listener = listenInGuest(22);
  const host = await guest.machine.connectVsock(22);
  const inGuest = listener.accept();
  assert.equal(pass(host, inGuest, "to the guest"), "to the guest");
  assert.equal(pass(inGuest, host, "to the host"), "to the host");
  // Nobody else has a duplicate: the framework's own is closed.
  close(host);
  assert.ok(isEnded(inGuest));
  close(inGuest);
  await guest.machine.stop();
});

Deno.test("VirtualMachine.listenVsock() accepts from the guest until unlistenVsock()", async () => {
  await using guest = await createGuest(WAIT, { changes: { vsock: true } });
  await guest.machine.start();
  await guest.machine.listenVsock(1024);
  const inGuest = connectFromGuest(1024, 77);
  const event = await guest.event("vsock-accepted");
  assert.ok(event.kind === "vsock-accepted");
  assert.deepEqual([event.port, event.sourcePort], [1024, 77]);
  assert.equal(pass(inGuest, event.descriptor, "hello"), "hello");
  close(event.descriptor);
  assert.ok(isEnded(inGuest));
  await guest.machine.unlistenVsock(1024);
  const refused = connectFromGuest(1024, 78);
  assert.ok(isEnded(refused));
  for (const descriptor of [inGuest, refused]) close(descriptor);
  await guest.machine.stop();
});

Deno.test("a machine without a socket device says so", async () => {
  await using guest = await createGuest("");
  const message = /The virtual machine has no socket device\.$/;
  await assert.rejects(guest.machine.connectVsock(1), { name: "VirtualizationError", message });
  await assert.rejects(guest.machine.listenVsock(1), { name: "VirtualizationError", message });
});

Deno.test("connections that nobody took are closed with their machine", async () => {
  const guest = await createGuest(WAIT, { changes: { vsock: true } });
  await guest.machine.start();
  await guest.machine.listenVsock(5);
  const inGuest = connectFromGuest(5, 6);
  // Released before the event loop has taken the event.
  await guest[Symbol.asyncDispose]();
  for (const event of guest.events) if (event.kind === "vsock-accepted") close(event.descriptor);
  assert.ok(isEnded(inGuest));
  close(inGuest);
});

Deno.test("connections that are made after their machine was released are closed", async () => {
  const guest = await createGuest("", { changes: { vsock: true } });
  await guest.machine.start();
  using listener = listenInGuest(8);
  // So many that the machine's queue is still at work on the first when it is asked for the last.
  const numbers = Array.from({ length: MANY }, (_, index) => index);
  const connecting = numbers.map(() => guest.machine.connectVsock(8).then(close, () => {}));
  await guest[Symbol.asyncDispose]();
  await Promise.all(connecting);
  for (const _ of numbers) {
    const inGuest = listener.accept();
    assert.ok(isEnded(inGuest));
    close(inGuest);
  }
});

Deno.test("a thousand connections each way all arrive, each with its own bytes", async () => {
  await using guest = await createGuest(WAIT, { changes: { vsock: true } });
  await guest.machine.start();
  await guest.machine.listenVsock(9);
  using listener = listenInGuest(7);
  const numbers = Array.from({ length: MANY }, (_, index) => index);

  const inGuest = new Map(numbers.map((number) => [number, connectFromGuest(9, number)]));
  const toGuest = await Promise.all(numbers.map(() => guest.machine.connectVsock(7)));
  const accepted = numbers.map(() => listener.accept());
  assert.equal(new Set([...toGuest, ...accepted, ...inGuest.values()]).size, 3 * MANY);
  for (const number of numbers) {
    const text = `connection ${number}`;
    assert.equal(pass(toGuest[number]!, accepted[number]!, text), text);
  }

  // What was asked after them has been answered after them: all events are here.
  const events = guest.events.filter((event) => event.kind === "vsock-accepted");
  assert.deepEqual(events.map(({ sourcePort }) => sourcePort), numbers);
  for (const { sourcePort, descriptor } of events) {
    const text = `from ${sourcePort}`;
    assert.equal(pass(inGuest.get(sourcePort)!, descriptor, text), text);
    close(descriptor);
  }
  for (const descriptor of [...toGuest, ...accepted, ...inGuest.values()]) close(descriptor);
  await guest.machine.stop();
});
