import { basename } from "../../host/mod.ts";
import type { AccelerationName } from "../acceleration.ts";
import type { Architecture, AttachedDisk, MachineSpecification } from "../machine.ts";
import type { QemuShare } from "./shares/qemu_share.ts";

const MIB = 2 ** 20;

/** What the arguments need to know besides the machine. */
export interface QemuArgumentsOptions {
  /** How the guest is accelerated. */
  readonly acceleration: AccelerationName;
  /** The host's processor. */
  readonly hostArchitecture: string;
  /** For each disk its overlay; `undefined` if the source itself is attached, read only. */
  readonly overlays: readonly (string | undefined)[];
  /** Unix sockets on which snapvm listens. */
  readonly sockets: QemuSockets;
  /** How each share is served. */
  readonly shares?: readonly QemuShare[];
}

/** Paths of the sockets to which QEMU connects. */
export interface QemuSockets {
  /** For QMP. */
  readonly monitor: string;
  /** For the guest's serial port. */
  readonly console: string;
  /** For each named port, in the order of the specification. */
  readonly ports: readonly string[];
}

/**
 * The command line of QEMU for a machine. The guest does not run yet: it waits for `cont` on the monitor, so that no
 * event is lost before snapvm listens.
 *
 * @param machine The machine.
 * @param options Where its parts are on the host.
 * @returns The arguments, without the program.
 */
export function qemuArguments(
  machine: MachineSpecification,
  options: QemuArgumentsOptions,
): string[] {
  const { acceleration, hostArchitecture, sockets, shares = [] } = options;
  const memory = `${Math.ceil(machine.memory / MIB)}M`;
  const isMemoryShared = shares.some(({ type }) => type === "virtiofs");
  return [
    ["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-S"],
    ["-name", value(basename(machine.folder))],
    // A server beside QEMU reads and writes the guest's memory.
    isMemoryShared ? ["-object", `memory-backend-memfd,id=memory,size=${memory},share=on`] : [],
    ["-machine", MACHINE[machine.architecture] + (isMemoryShared ? ",memory-backend=memory" : "")],
    ["-accel", accelerator(machine.architecture, acceleration, hostArchitecture)],
    ["-cpu", acceleration === "tcg" ? EMULATED_CPU[machine.architecture] : "host"],
    ["-smp", String(machine.cpus)],
    ["-m", memory],
    ["-kernel", machine.kernel],
    machine.initramfs === undefined ? [] : ["-initrd", machine.initramfs],
    ["-append", machine.commandLine],
    socket("monitor", sockets.monitor),
    ["-mon", "chardev=monitor,mode=control"],
    socket("console", sockets.console),
    ["-serial", "chardev:console"],
    machine.disks.flatMap((disk, index) => [
      ...blockDevices(disk, index, options.overlays[index]),
      "-device",
      `virtio-blk-pci,drive=disk${index},serial=${value(disk.serial)}`,
    ]),
    (machine.attachedDisks ?? []).flatMap((disk, index) => [
      "-blockdev",
      JSON.stringify(attachedBlockDevice(disk, index)),
      "-device",
      `virtio-blk-pci,drive=attached${index},serial=${value(disk.serial)}`,
    ]),
    shares.flatMap(shareDevice),
    machine.network
      // Without romfile= QEMU insists on a network boot ROM, which is a package of its own on Debian.
      ? ["-netdev", "user,id=network", "-device", networkCard(machine)]
      : [],
    ["-device", "virtio-rng-pci"],
    ["-device", PANIC_DEVICE[machine.architecture]],
    machine.ports.length === 0 ? [] : ["-device", "virtio-serial-pci,id=ports"],
    machine.ports.flatMap((name, index) => [
      ...socket(`port${index}`, sockets.ports[index] as string),
      "-device",
      // QEMU tells of a device that has an identifier.
      `virtserialport,bus=ports.0,chardev=port${index},name=${value(name)},id=port${index}`,
    ]),
  ].flat();
}

const MACHINE = {
  x86_64: "q35,vmport=off",
  aarch64: "virt,gic-version=max",
} as const;

/**
 * `la57=off`: kernels that know five-level paging are slow or do not start at all under emulation. `-erms,-fsrm`: a
 * kernel that is told of fast string instructions copies and clears memory a byte at a time, which is what they are
 * under emulation; guests boot in four fifths of the time without. `pauth-impdef=on`: the architecture's own pointer
 * authentication algorithm takes half of an emulated processor's time.
 */
const EMULATED_CPU = {
  x86_64: "max,la57=off,-erms,-fsrm",
  aarch64: "max,pauth-impdef=on",
} as const;

/** How a guest reports its panic if its kernel has the driver. Every QEMU for x86 has the ISA device. */
const PANIC_DEVICE = {
  x86_64: "pvpanic",
  aarch64: "pvpanic-pci",
} as const;

/** The accelerator with its options. */
function accelerator(
  guest: Architecture,
  acceleration: AccelerationName,
  hostArchitecture: string,
): string {
  if (acceleration !== "tcg") return acceleration;
  // An x86 guest relies on an order of memory accesses that an arm64 host does not give to concurrent threads.
  return guest === "x86_64" && hostArchitecture !== "x86_64"
    ? "tcg,thread=single"
    : "tcg,thread=multi";
}

/** The block nodes of a disk, the last of them named `disk<index>`. */
function blockDevices(
  disk: MachineSpecification["disks"][number],
  index: number,
  overlay: string | undefined,
): string[] {
  const source = {
    driver: "raw",
    "node-name": overlay === undefined ? `disk${index}` : `source${index}`,
    "read-only": true,
    file: { driver: "file", filename: disk.source },
  };
  if (overlay === undefined) return ["-blockdev", JSON.stringify(source)];
  const clone = {
    driver: "qcow2",
    "node-name": `disk${index}`,
    "read-only": disk.readOnly,
    discard: "unmap",
    // If the clone does not outlive the machine, nobody needs what it would lose in a crash of the host.
    cache: { "no-flush": disk.kept !== true },
    file: { driver: "file", filename: overlay },
    backing: `source${index}`,
  };
  return ["-blockdev", JSON.stringify(source), "-blockdev", JSON.stringify(clone)];
}

/** The block node of somebody else's file. QEMU locks it for as long as it has it open. */
function attachedBlockDevice({ path, format, readOnly }: AttachedDisk, index: number): object {
  return {
    driver: format,
    "node-name": `attached${index}`,
    "read-only": readOnly,
    discard: "unmap",
    file: { driver: "file", filename: path },
  };
}

/** The device of a share. */
function shareDevice({ source, tag, readOnly, ...served }: QemuShare, index: number): string[] {
  if (served.type === "virtiofs") {
    return [
      ...socket(`share${index}`, served.socket),
      "-device",
      `vhost-user-fs-pci,chardev=share${index},tag=${value(tag)}`,
    ];
  }
  return [
    "-fsdev",
    // As root QEMU gives a new file to the guest's user; as anybody else it cannot, and goes on.
    `local,id=share${index},path=${value(source)},security_model=none,multidevs=remap,` +
    `readonly=${readOnly ? "on" : "off"}`,
    "-device",
    `virtio-9p-pci,fsdev=share${index},mount_tag=${value(tag)}`,
  ];
}

/** Without an address of its own each card has QEMU's usual one: no two are in one network. */
function networkCard({ macAddress }: MachineSpecification): string {
  const address = macAddress === undefined ? "" : `,mac=${macAddress}`;
  return `virtio-net-pci,netdev=network,romfile=${address}`;
}

/** A character device that connects to one of our sockets. */
function socket(id: string, path: string): string[] {
  return ["-chardev", `socket,id=${id},path=${value(path)},server=off`];
}

/** A value inside an option: QEMU's own escape for its separator. */
function value(text: string): string {
  return text.replaceAll(",", ",,");
}
