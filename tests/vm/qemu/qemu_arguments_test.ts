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
    ...["-device", "virtserialport,bus=ports.0,chardev=port0,name=snapvm.stdin,id=port0"],
    ...["-chardev", "socket,id=port1,path=/r,,/port1,server=off"],
    ...["-device", "virtserialport,bus=ports.0,chardev=port1,name=odd,,name,id=port1"],
  ]);
});

Deno.test("qemuArguments() fits the processor to the acceleration and the host", async (t) => {
  const rows = [
    ["x86_64", "kvm", "x86_64", "kvm", "host"],
    ["aarch64", "hvf", "aarch64", "hvf", "host"],
    ["x86_64", "tcg", "x86_64", "tcg,thread=multi", "max,la57=off,-erms,-fsrm"],
    ["x86_64", "tcg", "aarch64", "tcg,thread=single", "max,la57=off,-erms,-fsrm"],
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

Deno.test("qemuArguments() of a machine with files and folders of the host", () => {
  const args = qemuArguments({
    ...SMALLEST,
    disks: [{ source: "/root", serial: "root", readOnly: true, patches: [] }],
    attachedDisks: [
      { path: "/a, b.img", format: "raw", serial: "disk1", readOnly: false },
      { path: "/c.qcow2", format: "qcow2", serial: "disk2", readOnly: true },
    ],
  }, {
    ...OPTIONS,
    overlays: [undefined],
    shares: [
      { source: "/s", tag: "share0", readOnly: false, type: "virtiofs", socket: "/r,/share0" },
      { source: "/a, b:c", tag: "share1", readOnly: true, type: "9p" },
      { source: "/w", tag: "share2", readOnly: false, type: "9p" },
    ],
  });
  assert.equal(args[args.indexOf("-machine") + 1], "q35,vmport=off,memory-backend=memory");
  assert.equal(
    args[args.indexOf("-object") + 1],
    "memory-backend-memfd,id=memory,size=512M,share=on",
  );
  assert.deepEqual(args.slice(args.indexOf("-serial") + 2, args.indexOf("virtio-rng-pci") - 1), [
    ...[
      "-blockdev",
      '{"driver":"raw","node-name":"disk0","read-only":true,' +
      '"file":{"driver":"file","filename":"/root"}}',
    ],
    ...["-device", "virtio-blk-pci,drive=disk0,serial=root"],
    ...[
      "-blockdev",
      '{"driver":"raw","node-name":"attached0","read-only":false,"discard":"unmap",' +
      '"file":{"driver":"file","filename":"/a, b.img"}}',
    ],
    ...["-device", "virtio-blk-pci,drive=attached0,serial=disk1"],
    ...[
      "-blockdev",
      '{"driver":"qcow2","node-name":"attached1","read-only":true,"discard":"unmap",' +
      '"file":{"driver":"file","filename":"/c.qcow2"}}',
    ],
    ...["-device", "virtio-blk-pci,drive=attached1,serial=disk2"],
    ...["-chardev", "socket,id=share0,path=/r,,/share0,server=off"],
    ...["-device", "vhost-user-fs-pci,chardev=share0,tag=share0"],
    ...[
      "-fsdev",
      "local,id=share1,path=/a,, b:c,security_model=none,multidevs=remap,readonly=on",
    ],
    ...["-device", "virtio-9p-pci,fsdev=share1,mount_tag=share1"],
    ...["-fsdev", "local,id=share2,path=/w,security_model=none,multidevs=remap,readonly=off"],
    ...["-device", "virtio-9p-pci,fsdev=share2,mount_tag=share2"],
  ]);
});

Deno.test("qemuArguments() shares no memory if QEMU serves all folders itself", () => {
  const args = qemuArguments(SMALLEST, {
    ...OPTIONS,
    shares: [{ source: "/s", tag: "share0", readOnly: false, type: "9p" }],
  });
  assert.equal(args.includes("-object"), false);
  assert.equal(args[args.indexOf("-machine") + 1], "q35,vmport=off");
});
