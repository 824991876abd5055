import assert from "node:assert/strict";
import type { MachineSpecification } from "../../../lib/vm/mod.ts";
import { qemuArguments, type QemuArgumentsOptions } from "../../../lib/vm/qemu/qemu_arguments.ts";

const SMALLEST: MachineSpecification = {
  architecture: "x86_64",
  cpus: 1,
  memory: 512 * 2 ** 20,
  kernel: "/k",
  commandLine: "quiet",
  disks: [],
  network: false,
  ports: [],
  folder: "/machines/3f2a",
};

const OPTIONS: QemuArgumentsOptions = {
  acceleration: "kvm",
  hostArchitecture: "x86_64",
  overlays: [],
  sockets: { monitor: "/r/monitor", console: "/r/console", ports: [] },
};

Deno.test("qemuArguments() of the smallest machine", () => {
  assert.deepEqual(qemuArguments(SMALLEST, OPTIONS), [
    ...["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-S"],
    ...["-name", "3f2a"],
    ...["-machine", "q35,vmport=off"],
    ...["-accel", "kvm"],
    ...["-cpu", "host"],
    ...["-smp", "1"],
    ...["-m", "512M"],
    ...["-kernel", "/k"],
    ...["-append", "quiet"],
    ...["-chardev", "socket,id=monitor,path=/r/monitor,server=off"],
    ...["-mon", "chardev=monitor,mode=control"],
    ...["-chardev", "socket,id=console,path=/r/console,server=off"],
    ...["-serial", "chardev:console"],
    ...["-device", "virtio-rng-pci"],
    ...["-device", "pvpanic"],
  ]);
});

Deno.test("qemuArguments() of an emulated arm64 machine with everything", () => {
  const machine: MachineSpecification = {
    ...SMALLEST,
    folder: "/machines/my,folder",
    architecture: "aarch64",
    cpus: 4,
    memory: 2 ** 30 + 1,
    initramfs: "/i",
    disks: [
      { source: "/a b,c:d", serial: "root,1", readOnly: false, patches: [] },
      { source: "/plain", serial: "data", readOnly: true, patches: [] },
    ],
    network: true,
    ports: ["snapvm.stdin", "odd,name"],
  };
  const actual = qemuArguments(machine, {
    acceleration: "tcg",
    hostArchitecture: "x86_64",
    overlays: ["/m/disk0.qcow2", undefined],
    sockets: { monitor: "/r,/monitor", console: "/r,/console", ports: ["/r,/port0", "/r,/port1"] },
  });
  assert.deepEqual(actual, [
    ...["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-S"],
    ...["-name", "my,,folder"],
    ...["-machine", "virt,gic-version=max"],
    ...["-accel", "tcg,thread=multi"],
    ...["-cpu", "max,pauth-impdef=on"],
    ...["-smp", "4"],
    ...["-m", "1025M"],
    ...["-kernel", "/k"],
    ...["-initrd", "/i"],
    ...["-append", "quiet"],
    ...["-chardev", "socket,id=monitor,path=/r,,/monitor,server=off"],
    ...["-mon", "chardev=monitor,mode=control"],
    ...["-chardev", "socket,id=console,path=/r,,/console,server=off"],
    ...["-serial", "chardev:console"],
    ...[
      "-blockdev",
      '{"driver":"raw","node-name":"source0","read-only":true,' +
      '"file":{"driver":"file","filename":"/a b,c:d"}}',
    ],
    ...[
      "-blockdev",
      '{"driver":"qcow2","node-name":"disk0","read-only":false,"discard":"unmap",' +
      '"cache":{"no-flush":true},"file":{"driver":"file","filename":"/m/disk0.qcow2"},' +
      '"backing":"source0"}',
    ],
    ...["-device", "virtio-blk-pci,drive=disk0,serial=root,,1"],
    ...[
      "-blockdev",
      '{"driver":"raw","node-name":"disk1","read-only":true,' +
      '"file":{"driver":"file","filename":"/plain"}}',
    ],
    ...["-device", "virtio-blk-pci,drive=disk1,serial=data"],
    ...["-netdev", "user,id=network", "-device", "virtio-net-pci,netdev=network,romfile="],
    ...["-device", "virtio-rng-pci"],
    ...["-device", "pvpanic-pci"],
    ...["-device", "virtio-serial-pci,id=ports"],
    ...["-chardev", "socket,id=port0,path=/r,,/port0,server=off"],
    ...["-device", "virtserialport,bus=ports.0,chardev=port0,name=snapvm.stdin"],
    ...["-chardev", "socket,id=port1,path=/r,,/port1,server=off"],
    ...["-device", "virtserialport,bus=ports.0,chardev=port1,name=odd,,name"],
  ]);
});

Deno.test("qemuArguments() fits the processor to the acceleration and the host", async (t) => {
  const rows = [
    ["x86_64", "kvm", "x86_64", "kvm", "host"],
    ["aarch64", "hvf", "aarch64", "hvf", "host"],
    ["x86_64", "tcg", "x86_64", "tcg,thread=multi", "max,la57=off"],
    ["x86_64", "tcg", "aarch64", "tcg,thread=single", "max,la57=off"],
    ["aarch64", "tcg", "x86_64", "tcg,thread=multi", "max,pauth-impdef=on"],
    ["aarch64", "tcg", "aarch64", "tcg,thread=multi", "max,pauth-impdef=on"],
  ] as const;
  for (const [architecture, acceleration, hostArchitecture, accel, cpu] of rows) {
    await t.step(`${architecture} with ${acceleration} on ${hostArchitecture}`, () => {
      const args = qemuArguments({ ...SMALLEST, architecture }, {
        ...OPTIONS,
        acceleration,
        hostArchitecture,
      });
      assert.equal(args[args.indexOf("-accel") + 1], accel);
      assert.equal(args[args.indexOf("-cpu") + 1], cpu);
    });
  }
});
