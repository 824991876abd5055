import assert from "node:assert/strict";
import { join } from "node:path";
import { VirtualizationError } from "../../ffi/mod.ts";
import { runProgram } from "../../scripts/images/mod.ts";
import { temporaryFolder } from "../vm/temporary_folder.ts";
import { tinyGuest } from "../vm/tiny_guest.ts";
import { createGuest, readUntil, write } from "./double_guest.ts";

const CONSOLE = "exec <>/dev/hvc0 >&0 2>&0; stty raw -echo;";
const WAIT = "while :; do sleep 1; done";

Deno.test("VirtualMachine.start() boots a guest with a console and named ports, both ways", async () => {
  await using guest = await createGuest(
    `${CONSOLE}
    echo "console ready"
    read answer; echo "console got $answer"
    read order <$(port in)
    echo "port got $order" >$(port out)
    poweroff -f`,
    { ports: ["in", "out"] },
  );
  assert.equal(guest.machine.state, "stopped");
  await guest.machine.start();
  assert.equal(guest.machine.state, "running");
  await readUntil(guest.console, "console ready\n");
  await write(guest.console, "forty-two\n");
  await readUntil(guest.console, "console got forty-two\n");
  await write(guest.ports.get("in")!, "an order\n");
  assert.equal(await readUntil(guest.ports.get("out")!, "\n"), "port got an order\n");
  await guest.event("guest-stopped");
  assert.equal(guest.machine.state, "stopped");
});

Deno.test("a released machine ends its console and ports after their last byte", async () => {
  await using guest = await createGuest(
    `echo on the console >/dev/hvc0; echo on the port >$(port out); poweroff -f`,
    { ports: ["out"] },
  );
  const texts = [guest.console, guest.ports.get("out")!].map((connection) =>
    new Response(connection.readable).text()
  );
  await guest.machine.start();
  await guest.event("guest-stopped");
  await guest.machine[Symbol.asyncDispose]();
  const [console, port] = await Promise.all(texts);
  assert.ok(console?.endsWith("on the console\r\n"), console);
  assert.equal(port, "on the port\n");
  assert.deepEqual(guest.events.map(({ kind }) => kind), ["guest-stopped", "released"]);
});

Deno.test("a guest finds its disks by their serials, and cannot write to a read-only one", async () => {
  await using folder = await temporaryFolder();
  const paths = ["writable", "fixed"].map((name) => join(folder.path, name));
  for (const path of paths) {
    await Deno.writeTextFile(path, `this is ${path}\n`);
    await Deno.truncate(path, 1024);
  }
  await using guest = await createGuest(
    `for disk in vda vdb; do
      echo "$disk $(cat /sys/block/$disk/serial) $(cat /sys/block/$disk/ro) $(head -n 1 /dev/$disk)"
      echo written >/dev/$disk && echo "$disk takes it"
    done >$(port out)
    sync; poweroff -f`,
    {
      ports: ["out"],
      changes: {
        disks: paths.map((path, index) => ({
          kind: "image",
          path,
          serial: `serial-${index}`,
          readOnly: index === 1,
          caching: "cached",
          synchronization: "fsync",
        })),
      },
    },
  );
  const out = new Response(guest.ports.get("out")!.readable).text();
  await guest.machine.start();
  await guest.event("guest-stopped");
  await guest.machine[Symbol.asyncDispose]();
  assert.deepEqual((await out).trim().split("\n"), [
    `vda serial-0 0 this is ${paths[0]}`,
    "vda takes it",
    `vdb serial-1 1 this is ${paths[1]}`,
  ]);
  assert.ok((await Deno.readTextFile(paths[0]!)).startsWith("written\n"));
  assert.ok((await Deno.readTextFile(paths[1]!)).startsWith("this is "));
});

Deno.test("a network disk is a disk, and says when its server is gone", async () => {
  await using folder = await temporaryFolder();
  const image = join(folder.path, "image");
  const socket = join(folder.path, "nbd");
  await Deno.writeTextFile(image, "over the network\n");
  await Deno.truncate(image, 4096);
  const server = new Deno.Command("qemu-nbd", {
    args: ["--format=raw", `--socket=${socket}`, image],
    stderr: "inherit",
  }).spawn();
  try {
    while (!await Deno.stat(socket).then(() => true, () => false)) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await using guest = await createGuest(
      `head -n 1 /dev/vda >$(port out); poweroff -f`,
      {
        ports: ["out"],
        changes: {
          disks: [{
            kind: "nbd",
            url: `nbd+unix:///?socket=${socket}`,
            serial: "net",
            readOnly: true,
            timeout: 5,
            synchronization: "full",
          }],
        },
      },
    );
    await guest.machine.start();
    assert.equal(await readUntil(guest.ports.get("out")!, "\n"), "over the network\n");
    await guest.event("guest-stopped");
  } finally {
    await server.status;
  }
});

Deno.test("an arm64 Image boots, as on Apple silicon", async () => {
  const { kernel, initramfs } = await tinyGuest("arm64");
  const script = btoa("uname -m >$(port out); poweroff -f");
  const commandLine = `console=hvc0 quiet script=${script}`;
  await using guest = await createGuest("", {
    ports: ["out"],
    changes: { bootLoader: { kind: "linux", kernel, initramfs, commandLine } },
  });
  await guest.machine.start();
  assert.equal(await readUntil(guest.ports.get("out")!, "\n"), "aarch64\n");
  await guest.event("guest-stopped");
});

Deno.test("VirtualMachine.requestStop() leaves it to the guest, which may not care", async () => {
  await using guest = await createGuest(`${CONSOLE} echo ready; ${WAIT}`);
  await guest.machine.start();
  await readUntil(guest.console, "ready\n");
  await guest.machine.requestStop();
  assert.equal(guest.machine.state, "running");
  await guest.machine.stop();
});

Deno.test("VirtualMachine.stop() ends a guest at once, without an event", async () => {
  await using guest = await createGuest(`${CONSOLE} echo ready; ${WAIT}`);
  await guest.machine.start();
  await readUntil(guest.console, "ready\n");
  await guest.machine.stop();
  assert.equal(guest.machine.state, "stopped");
  assert.deepEqual(guest.events, []);
});

Deno.test("VirtualMachine.pause() halts the guest until resume()", async () => {
  await using guest = await createGuest(
    `${CONSOLE} echo ready; while read word; do echo "got $word"; done`,
  );
  await guest.machine.start();
  await readUntil(guest.console, "ready\n");
  await write(guest.console, "one\n");
  await readUntil(guest.console, "got one\n");
  await guest.machine.pause();
  assert.equal(guest.machine.state, "paused");
  await write(guest.console, "two\n");
  const answer = readUntil(guest.console, "got two\n");
  const silence = new Promise((resolve) => setTimeout(resolve, 300, "silence"));
  assert.equal(await Promise.race([answer, silence]), "silence");
  await guest.machine.resume();
  await answer;
  assert.equal(guest.machine.state, "running");
  await guest.machine.stop();
});

Deno.test("VirtualMachine.save() and restore() carry a guest over to another machine", async () => {
  await using folder = await temporaryFolder();
  const state = join(folder.path, "it's a state");
  const script =
    `${CONSOLE} echo ready; count=0; while read word; do count=$((count + 1)); echo "$count $word"; done`;
  {
    await using guest = await createGuest(script);
    await guest.machine.start();
    await readUntil(guest.console, "ready\n");
    await write(guest.console, "one\n");
    await readUntil(guest.console, "1 one\n");
    await guest.machine.pause();
    await guest.machine.save(state);
    assert.equal(guest.machine.state, "paused");
    await guest.machine.stop();
  }
  await using guest = await createGuest(script);
  await guest.machine.restore(state);
  assert.equal(guest.machine.state, "paused");
  await guest.machine.resume();
  await write(guest.console, "two\n");
  await readUntil(guest.console, "2 two\n");
  await guest.machine.stop();
});

Deno.test("VirtualMachine.setMemoryTarget() needs a balloon", async () => {
  await using guest = await createGuest(`${CONSOLE} echo ready; ${WAIT}`, {
    changes: { balloon: true },
  });
  await guest.machine.start();
  await readUntil(guest.console, "ready\n");
  await guest.machine.setMemoryTarget(128 * 2 ** 20);
  await guest.machine.stop();
  await using other = await createGuest("");
  await assert.rejects(other.machine.setMemoryTarget(1), {
    name: "VirtualizationError",
    message: "Cannot set the guest's memory: The virtual machine has no memory balloon.",
  });
});

Deno.test("the death of the hypervisor is an event with its reason", async () => {
  await using guest = await createGuest(`${CONSOLE} echo ready; ${WAIT}`);
  await guest.machine.start();
  await readUntil(guest.console, "ready\n");
  const children = await runProgram("pgrep", ["-P", `${Deno.pid}`, "qemu"]);
  Deno.kill(Number(children.trim()), "SIGKILL");
  const event = await guest.event("stopped-with-error");
  assert.ok("error" in event);
  assert.match(
    event.error ?? "",
    /^Internal Virtualization error\. The virtual machine stopped unexpectedly\. \(VZErrorDomain 1\): QEMU ended: \(status 9\) \(NSPOSIXErrorDomain 5\)$/,
  );
  assert.equal(guest.machine.state, "error");
});

Deno.test("a start that fails says why, down to the last cause", async () => {
  await using folder = await temporaryFolder();
  const kernel = join(folder.path, "kernel");
  await Deno.writeTextFile(kernel, "not a kernel");
  await using guest = await createGuest("", {
    changes: {
      bootLoader: { kind: "linux", kernel, initramfs: null, commandLine: "" },
    },
  });
  await assert.rejects(guest.machine.start(), (error) => {
    assert.ok(error instanceof VirtualizationError);
    assert.match(
      error.message,
      /^Cannot start the virtual machine: Internal Virtualization error\. The virtual machine failed to start\. \(VZErrorDomain 1\): QEMU ended: .+/s,
    );
    return true;
  });
});

Deno.test("operations that the state does not allow fail with the framework's reason", async (t) => {
  await using guest = await createGuest("");
  for (const operation of ["stop", "pause", "resume", "requestStop"] as const) {
    await t.step(operation, async () => {
      await assert.rejects(guest.machine[operation](), {
        name: "VirtualizationError",
        message: /Invalid virtual machine state transition\. .* \(VZErrorDomain 4\)$/,
      });
    });
  }
});

Deno.test("a machine that is released while it starts ends with an error for the start", async () => {
  const guest = await createGuest(WAIT);
  const started = guest.machine.start();
  const failed = assert.rejects(started, {
    name: "VirtualizationError",
    message: "Cannot start the virtual machine: the virtual machine was released",
  });
  await guest[Symbol.asyncDispose]();
  await failed;
  assert.equal(await runProgram("sh", ["-c", `pgrep -P ${Deno.pid} qemu || true`]), "");
});

Deno.test("a machine that was released is gone, whatever it was doing", async () => {
  const guest = await createGuest(`${CONSOLE} echo ready; ${WAIT}`);
  await guest.machine.start();
  await readUntil(guest.console, "ready\n");
  await guest[Symbol.asyncDispose]();
  await assert.rejects(guest.machine.stop(), {
    name: "VirtualizationError",
    message: "Cannot stop the virtual machine: the virtual machine was released",
  });
  assert.equal(await runProgram("sh", ["-c", `pgrep -P ${Deno.pid} qemu || true`]), "");
});
