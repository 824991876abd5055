import assert from "node:assert/strict";
import { join } from "node:path";
import { type ImageDisk, VirtualizationError } from "../../ffi/mod.ts";
import { runProgram } from "../../scripts/images/mod.ts";
import { makeUki } from "../fixtures/uki_tree.ts";
import { temporaryFolder } from "../vm/support/temporary_folder.ts";
import { tinyGuest } from "../vm/support/tiny_guest.ts";
import {
  createGuest,
  readUntil,
  runInGuest,
  SHELL,
  virtualization,
  write,
} from "./support/double_guest.ts";

const MIB = 2 ** 20;
const CONSOLE = "exec <>/dev/hvc0 >&0 2>&0; stty raw -echo;";
const MAC_ADDRESS = "52:54:00:12:34:56";

function imageDisk(path: string, changes: Partial<ImageDisk> = {}): ImageDisk {
  return {
    kind: "image",
    path,
    serial: "disk",
    readOnly: false,
    caching: "cached",
    synchronization: "fsync",
    ...changes,
  };
}

Deno.test("a guest finds everything that its machine was given", async (t) => {
  await using folder = await temporaryFolder();
  const inFolder = (...names: string[]) => join(folder.path, ...names);
  for (const name of ["mine", "yours", "a", "b", "c"]) await Deno.mkdir(inFolder(name));
  for (const name of ["a", "b", "c"]) await Deno.writeTextFile(inFolder(name, "from-host"), name);
  for (const name of ["writable", "fixed"]) {
    await Deno.writeTextFile(inFolder(name), `this is ${name}\n`);
    await Deno.truncate(inFolder(name), 1024);
  }
  Deno.env.set("VZ_DOUBLE_NESTED", "1");
  Deno.env.set("VZ_DOUBLE_ROSETTA", inFolder("c"));
  try {
    await using guest = await createGuest(
      `load virtiofs; load virtio_balloon; load virtio_rng; load button; load evdev
      exec 3<>/dev/hvc0; stty raw -echo <&3
      echo "console ready" >&3; read answer <&3; echo "console got $answer" >&3
      ${SHELL}`,
      {
        ports: ["in", "out"],
        changes: {
          disks: [
            imageDisk(inFolder("writable"), { serial: "serial-0" }),
            imageDisk(inFolder("fixed"), { serial: "serial-1", readOnly: true }),
          ],
          networks: [{ macAddress: MAC_ADDRESS }],
          shares: [
            { kind: "single", tag: "mine", path: inFolder("mine"), readOnly: false },
            { kind: "single", tag: "yours", path: inFolder("yours"), readOnly: true },
            {
              kind: "multiple",
              tag: "several",
              directories: {
                a: { path: inFolder("a"), readOnly: false },
                "it's b": { path: inFolder("b"), readOnly: true },
              },
            },
            { kind: "multiple", tag: "none", directories: {} },
          ],
          rosetta: "rosetta",
          platform: {
            machineIdentifier: virtualization.machineIdentifier(),
            nestedVirtualization: true,
          },
          entropy: true,
          balloon: true,
        },
      },
    );
    const run = (line: string) => runInGuest(guest, line);
    const refuses = (line: string) => assert.rejects(run(line), /Read-only file system/);
    assert.equal(guest.machine.state, "stopped");
    await guest.machine.start();
    assert.equal(guest.machine.state, "running");

    await t.step("its console, both ways", async () => {
      await readUntil(guest.console, "console ready\n");
      await write(guest.console, "forty-two\n");
      await readUntil(guest.console, "console got forty-two\n");
    });
    await t.step("its ports, by their names", async () => {
      assert.equal(await run("cat /sys/class/virtio-ports/*/name"), "in\nout\n");
    });
    await t.step("its disks, by their serials", async () => {
      const describe = (disk: string) =>
        run(`cat /sys/block/${disk}/serial; cat /sys/block/${disk}/ro; head -n 1 /dev/${disk}`);
      assert.equal(await describe("vda"), "serial-00\nthis is writable\n");
      assert.equal(await describe("vdb"), "serial-11\nthis is fixed\n");
      await run("echo written >/dev/vda && sync");
      await assert.rejects(run("echo written >/dev/vdb"), /Operation not permitted/);
      assert.ok((await Deno.readTextFile(inFolder("writable"))).startsWith("written\n"));
    });
    await t.step("its network card, by its address", async () => {
      assert.equal(await run("cat /sys/class/net/eth0/address"), `${MAC_ADDRESS}\n`);
    });
    await t.step("its source of entropy", async () => {
      assert.match(await run("cat /sys/class/misc/hw_random/rng_current"), /^virtio_rng/);
    });
    await t.step("a shared folder, both ways", async () => {
      await run("mkdir /mine && mount -t virtiofs mine /mine");
      await Deno.writeTextFile(inFolder("mine", "from-host"), "host");
      assert.equal(await run("cat /mine/from-host && echo guest >/mine/from-guest"), "host");
      assert.equal(await Deno.readTextFile(inFolder("mine", "from-guest")), "guest\n");
    });
    await t.step("a folder that is shared for reading", async () => {
      await run("mkdir /yours && mount -t virtiofs yours /yours");
      await Deno.writeTextFile(inFolder("yours", "from-host"), "host");
      assert.equal(await run("cat /yours/from-host"), "host");
      await refuses("rm /yours/from-host");
    });
    await t.step("several folders side by side, each with its own rule", async () => {
      await run("mkdir /several && mount -t virtiofs several /several");
      assert.equal(await run("cd /several && ls && cat */from-host; cd /"), "a\nit's b\nab");
      await run("echo guest >/several/a/from-guest");
      assert.equal(await Deno.readTextFile(inFolder("a", "from-guest")), "guest\n");
      await refuses(`rm "/several/it's b/from-host"`);
      await refuses("mkdir /several/c");
      assert.equal(await run("mkdir /none && mount -t virtiofs none /none && ls /none"), "");
    });
    await t.step("Rosetta, as a shared folder", async () => {
      await run("mkdir /rosetta && mount -t virtiofs rosetta /rosetta");
      assert.equal(await run("cat /rosetta/from-host"), "c");
    });
    await t.step("a processor that can virtualize", async () => {
      assert.match(await run("grep -m 1 flags /proc/cpuinfo"), / svm /);
    });
    await t.step("less memory, when it is asked to give some back", async () => {
      await guest.machine.setMemoryTarget(128 * MIB);
      await run(
        "until awk '/MemTotal/ { exit $2 > 128 * 1024 }' /proc/meminfo; do sleep 0.1; done",
      );
    });
    await t.step("no time, from pause() to resume()", async () => {
      await guest.machine.pause();
      assert.equal(guest.machine.state, "paused");
      await assert.rejects(guest.machine.save(inFolder("state")), /\(VZErrorDomain 11\)$/);
      const answer = run("echo awake");
      const silence = new Promise((resolve) => setTimeout(resolve, 300, "silence"));
      assert.equal(await Promise.race([answer, silence]), "silence");
      await guest.machine.resume();
      assert.equal(guest.machine.state, "running");
      assert.equal(await answer, "awake\n");
    });
    await t.step("its power button", async () => {
      await run(
        "exec 4</dev/input/$(grep -l 'Power Button' /sys/class/input/*/device/name | cut -d/ -f5)",
      );
      await run(
        "{ head -c 1 <&4 >/dev/null; echo on the console >&3; echo on the port; poweroff -f; } &",
      );
      await guest.machine.requestStop();
      await guest.event("guest-stopped");
      assert.equal(guest.machine.state, "stopped");
    });
    await t.step("its console and ports ended after their last byte", async () => {
      const texts = [guest.console, guest.ports.get("out")!].map((connection) =>
        new Response(connection.readable).text()
      );
      await guest.machine[Symbol.asyncDispose]();
      const [console, port] = await Promise.all(texts);
      assert.ok(console?.endsWith("on the console\n"), console);
      assert.equal(port, "on the port\n");
    });
    const kinds = guest.events.map(({ kind }) => kind);
    assert.deepEqual(kinds, ["guest-stopped", "released"]);
  } finally {
    for (const name of ["VZ_DOUBLE_NESTED", "VZ_DOUBLE_ROSETTA"]) Deno.env.delete(name);
  }
});

Deno.test("a VirtualMachine goes from state to state as it is told", async (t) => {
  await using folder = await temporaryFolder();
  const state = join(folder.path, "it's a state");
  const script =
    `${CONSOLE} echo ready; count=0; while read word; do count=$((count + 1)); echo "$count $word"; done`;
  {
    await using guest = await createGuest(script);
    await guest.machine.start();
    await readUntil(guest.console, "ready\n");
    await t.step("requestStop() leaves it to the guest, which may not care", async () => {
      await guest.machine.requestStop();
      assert.equal(guest.machine.state, "running");
    });
    await t.step("save() writes a paused guest's state", async () => {
      await write(guest.console, "one\n");
      await readUntil(guest.console, "1 one\n");
      await guest.machine.pause();
      await guest.machine.save(state);
      assert.equal(guest.machine.state, "paused");
    });
    await t.step("stop() ends a guest at once, without an event", async () => {
      await guest.machine.stop();
      assert.equal(guest.machine.state, "stopped");
      assert.deepEqual(guest.events, []);
    });
  }
  await t.step("restore() refuses a file that is not a state of this machine", async () => {
    await using guest = await createGuest(script);
    await assert.rejects(guest.machine.restore(join(folder.path, "absent")), /invalid argument/);
    await Deno.writeTextFile(join(folder.path, "other"), "no state");
    await assert.rejects(
      guest.machine.restore(join(folder.path, "other")),
      /The virtual machine failed to restore\. invalid argument \(VZErrorDomain 12\): QEMU ended: /,
    );
  });
  const guest = await createGuest(script);
  await t.step("restore() carries the guest over to another machine", async () => {
    await guest.machine.restore(state);
    assert.equal(guest.machine.state, "paused");
    await guest.machine.resume();
    await write(guest.console, "two\n");
    await readUntil(guest.console, "2 two\n");
  });
  await t.step("a machine that was released is gone, whatever it was doing", async () => {
    await guest[Symbol.asyncDispose]();
    await assert.rejects(guest.machine.stop(), {
      name: "VirtualizationError",
      message: "Cannot stop the virtual machine: the virtual machine was released",
    });
  });
});

/** Boots an arm64 Linux, as on Apple silicon. */
async function bootArm64(): Promise<void> {
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
}

/** Makes an image with an EFI system partition, which holds a UKI that runs the script. */
async function systemPartition(folder: string, script: string): Promise<string> {
  const { kernel, initramfs } = await tinyGuest();
  const commandLine = join(folder, "cmdline");
  await Deno.writeTextFile(commandLine, `console=hvc0 quiet no_timer_check script=${btoa(script)}`);
  const partition = join(folder, "partition");
  await Deno.mkdir(join(partition, "EFI/BOOT"), { recursive: true });
  await makeUki(
    { ".cmdline": commandLine, ".initrd": initramfs, ".linux": kernel },
    join(partition, "EFI/BOOT/BOOTX64.EFI"),
  );
  const image = join(folder, "image");
  await runProgram("qemu-img", ["convert", "-f", "raw", "-O", "raw", `fat:${partition}`, image]);
  return image;
}

async function bootFirmware(): Promise<void> {
  await using folder = await temporaryFolder();
  const variableStore = join(folder.path, "variables");
  virtualization.createVariableStore(variableStore);
  const image = await systemPartition(
    folder.path,
    `load efivarfs
    variables=/sys/firmware/efi/efivars
    mount -t efivarfs efivarfs $variables
    # The first four bytes are attributes: the variable is kept when the machine ends.
    printf '\\7\\0\\0\\0kept by the firmware' >$variables/Kept-12345678-1234-1234-1234-123456789abc
    poweroff -f`,
  );
  await using guest = await createGuest("", {
    changes: { bootLoader: { kind: "efi", variableStore }, disks: [imageDisk(image)] },
  });
  await guest.machine.start();
  await guest.event("guest-stopped");
  const variables = await Deno.readFile(variableStore);
  assert.ok(new TextDecoder("latin1").decode(variables).includes("kept by the firmware"));
}

async function fillHost(): Promise<void> {
  await using folder = await temporaryFolder();
  await runProgram("mount", ["-t", "tmpfs", "-o", "size=1M", "snapvm-test", folder.path]);
  try {
    const image = join(folder.path, "image");
    await Deno.writeTextFile(image, "");
    await Deno.truncate(image, 4 * MIB);
    await using guest = await createGuest(
      "dd if=/dev/zero of=/dev/vda bs=1024k; sync; poweroff -f",
      { changes: { disks: [imageDisk(image)] } },
    );
    await guest.machine.start();
    const event = await guest.event("stopped-with-error");
    assert.ok(event.kind === "stopped-with-error");
    assert.match(
      event.error,
      / \(VZErrorDomain 8\): No space left on device \(NSPOSIXErrorDomain 28\)$/,
    );
    assert.equal(guest.machine.state, "error");
    assert.deepEqual(guest.events.map(({ kind }) => kind), ["stopped-with-error"]);
    await guest.machine.start();
    await guest.machine.stop();
  } finally {
    await runProgram("umount", [folder.path]);
  }
}

Deno.test("machines of all kinds run beside each other", async (t) => {
  const kinds = {
    "an arm64 Image boots, as on Apple silicon": bootArm64,
    "firmware boots what a disk holds, and keeps variables in its store": bootFirmware,
    "a disk that the host has no room for ends its machine": fillHost,
  };
  const options = { sanitizeExit: false, sanitizeOps: false, sanitizeResources: false };
  await Promise.all(Object.entries(kinds).map(([name, fn]) => t.step({ name, fn, ...options })));
});

Deno.test("the death of the hypervisor is an event with its reason", async () => {
  await using guest = await createGuest("");
  await guest.machine.start();
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

Deno.test("operations that the machine does not allow fail with the reason", async (t) => {
  await using guest = await createGuest("");
  for (const operation of ["stop", "pause", "resume", "requestStop"] as const) {
    await t.step(operation, async () => {
      await assert.rejects(guest.machine[operation](), {
        name: "VirtualizationError",
        message: /Invalid virtual machine state transition\. .* \(VZErrorDomain 4\)$/,
      });
    });
  }
  await t.step("setMemoryTarget, without a balloon", async () => {
    await assert.rejects(guest.machine.setMemoryTarget(1), {
      name: "VirtualizationError",
      message: "Cannot set the guest's memory: The virtual machine has no memory balloon.",
    });
  });
});

Deno.test("a machine that is released while it starts ends with an error for the start", async () => {
  const guest = await createGuest("");
  const started = guest.machine.start();
  const failed = assert.rejects(started, {
    name: "VirtualizationError",
    message: "Cannot start the virtual machine: the virtual machine was released",
  });
  await guest[Symbol.asyncDispose]();
  await failed;
  assert.equal(await runProgram("sh", ["-c", `pgrep -P ${Deno.pid} qemu || true`]), "");
});
