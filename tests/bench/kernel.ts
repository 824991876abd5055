/**
 * `snapvm kernel` on a snapshot of 512 GiB, beside `debugfs` and `cat`.
 *
 * @module
 */

import type { Measurement } from "./measurement.ts";
import {
  bytesRead,
  compiledSnapvm,
  emptyProgram,
  peakMemory,
  run,
  snapvm,
  wallTimes,
} from "./process.ts";

const MIB = 1024 * 1024;
const KERNEL_SIZE = 14 * MIB;
const INITRAMFS_SIZE = 94 * MIB;
const FOLDER = "usr/lib/modules/6.1.0-bench";

/** Measures it in `folder`, an empty one. */
export async function measureKernel(folder: string): Promise<Measurement[]> {
  const image = `${folder}/snapshot`;
  await makeSnapshot(folder, image);
  const dump = ["vmlinuz", "initramfs.img"]
    .map((name) => `dump /${FOLDER}/${name} ${folder}/debugfs-${name}\n`).join("");
  await Deno.writeTextFile(`${folder}/dump`, dump);

  const source = `${folder}/root/${FOLDER}`;
  const copy = `cat ${source}/vmlinuz > ${folder}/cat-vmlinuz && ` +
    `cat ${source}/initramfs.img > ${folder}/cat-initramfs.img`;
  const ours = snapvm("kernel", image, "-o", `${folder}/out`);
  const compiled = compiledSnapvm("kernel", image, "-o", `${folder}/compiled`);
  const times = await wallTimes({
    snapvm: ours,
    compiled,
    debugfs: ["debugfs", "-f", `${folder}/dump`, image],
    cat: ["sh", "-c", copy],
    empty: emptyProgram(),
  });
  const memory = await peakMemory(ours);
  const emptyMemory = await peakMemory(emptyProgram());
  const read = await bytesRead(ours, image) - KERNEL_SIZE - INITRAMFS_SIZE;
  await checkOutput(`${folder}/out`, source);
  await checkOutput(`${folder}/compiled`, source);

  const name = "kernel of 14 MiB and initramfs of 94 MiB out of 512 GiB";
  return [
    {
      name: `${name}: time against debugfs`,
      value: times.snapvm,
      unit: "ms",
      limit: 0.42 * times.debugfs,
      reason: `0.42 × debugfs (${times.debugfs.toFixed(0)} ms)`,
    },
    {
      name: `${name}: time against cat`,
      value: times.snapvm,
      unit: "ms",
      limit: times.cat,
      reason: `cat (${times.cat.toFixed(0)} ms)`,
    },
    { name: `${name}, compiled: time`, value: times.compiled, unit: "ms" },
    { name: "an empty Deno program: time", value: times.empty, unit: "ms" },
    {
      name: `${name}: memory`,
      value: memory / MIB,
      unit: "MiB",
      limit: emptyMemory / MIB + 18,
      reason: `an empty Deno program (${(emptyMemory / MIB).toFixed(0)} MiB) + 18 MiB`,
    },
    {
      name: `${name}, compiled: memory`,
      value: await peakMemory(compiled) / MIB,
      unit: "MiB",
    },
    {
      name: `${name}: read beside the files' own blocks`,
      value: read / 1024,
      unit: "KiB",
      limit: 256,
      reason: "whatever the image's size",
    },
  ];
}

async function makeSnapshot(folder: string, image: string): Promise<void> {
  const source = `${folder}/root/${FOLDER}`;
  await Deno.mkdir(source, { recursive: true });
  const kernel = randomBytes(KERNEL_SIZE);
  writeSetupHeader(kernel);
  await Deno.writeFile(`${source}/vmlinuz`, kernel);
  const initramfs = randomBytes(INITRAMFS_SIZE);
  initramfs.set(new TextEncoder().encode("070701"));
  await Deno.writeFile(`${source}/initramfs.img`, initramfs);
  await Deno.writeFile(image, new Uint8Array());
  await Deno.truncate(image, 512 * 1024 * MIB);
  await run(
    [
      ...["mke2fs", "-q", "-F", "-t", "ext4", "-b", "4096", "-N", "262144", "-d", `${folder}/root`],
      ...[
        "-O",
        "none,extent,ext_attr,filetype,sparse_super,large_file,huge_file,64bit,extra_isize",
      ],
      image,
    ] as const as [string, ...string[]],
  );
}

/** The least that the setup header of a bzImage has to say (Documentation/arch/x86/boot.rst). */
function writeSetupHeader(kernel: Uint8Array<ArrayBuffer>): void {
  const view = new DataView(kernel.buffer);
  kernel.fill(0, 0, 1024);
  view.setUint8(0x1f1, 1); // setup_sects
  view.setUint32(0x1f4, (KERNEL_SIZE - 1024) / 16, true); // syssize
  view.setUint16(0x1fe, 0xaa55, true);
  kernel.set(new TextEncoder().encode("HdrS"), 0x202);
  view.setUint16(0x206, 0x20f, true); // version
  view.setUint16(0x20e, 0x100, true); // kernel_version, less 0x200
  view.setUint16(0x236, 1, true); // xloadflags: 64 bit
  kernel.set(new TextEncoder().encode("6.1.0-bench (bench)\0"), 0x300);
}

function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let start = 0; start < length; start += 65536) {
    crypto.getRandomValues(bytes.subarray(start, start + 65536));
  }
  return bytes;
}

/** A measurement counts only if the work was done. */
async function checkOutput(output: string, source: string): Promise<void> {
  await run(["cmp", `${output}/kernel`, `${source}/vmlinuz`]);
  await run(["cmp", `${output}/initramfs`, `${source}/initramfs.img`]);
}
