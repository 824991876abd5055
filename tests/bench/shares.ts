import { join } from "node:path";
import { createQemuBackend } from "../../lib/vm/mod.ts";
import { readText, startTinyGuest } from "../vm/support/tiny_guest.ts";
import type { Measurement } from "./measurement.ts";

const MIB = 2 ** 20;
const SIZE = 64;

/** How much longer than from a disk the same bytes may take through a share. */
const LIMIT = 3;

/**
 * How long a guest takes for 64 MiB of a shared folder, beside the same bytes on a disk of its own. It reads and writes
 * them once to have both in the host's cache, then once more.
 */
export async function measureShares(folder: string): Promise<Measurement[]> {
  const share = join(folder, "share");
  const machine = join(folder, "machine");
  for (const each of [share, machine]) await Deno.mkdir(each);
  const bytes = new Uint8Array(SIZE * MIB).fill(7);
  await Deno.writeFile(join(share, "file"), bytes);
  await Deno.writeFile(join(folder, "disk"), bytes);
  const script = `stty raw -echo; load virtiofs; mkdir /s; mount -t virtiofs share /s
  now() { read -r uptime rest </proc/uptime; echo $uptime; }
  measure() { before=$(now); dd if=$3 of=$4 bs=1M $5 $6 2>/dev/null; echo $1 $2 $before $(now); }
  for turn in 1 2; do
    echo 3 >/proc/sys/vm/drop_caches
    measure read disk /dev/vda /dev/null
    measure read share /s/file /dev/null
    measure write disk /dev/zero /dev/vda count=${SIZE} conv=fsync
    measure write share /dev/zero /s/new count=${SIZE} conv=fsync
  done
  poweroff -f`;
  await using running = await startTinyGuest(machine, script, {
    backend: createQemuBackend({}),
    machine: {
      attachedDisks: [
        { path: join(folder, "disk"), format: "raw", serial: "disk1", readOnly: false },
      ],
      shares: [{ source: share, tag: "share", readOnly: false }],
    },
  });
  const text = await readText(running.console.readable);
  const times = new Map(
    Array.from(
      text.matchAll(/^(\w+ \w+) ([0-9.]+) ([0-9.]+)$/gm),
      ([, name, before, after]) => [name, (Number(after) - Number(before)) * 1000] as const,
    ),
  );
  return ["read", "write"].flatMap((verb): Measurement[] => {
    const [disk, shared] = ["disk", "share"].map((place) => times.get(`${verb} ${place}`));
    if (disk === undefined || shared === undefined) throw new Error(`The guest says: ${text}`);
    return [
      { name: `${verb} ${SIZE} MiB of a disk in the guest`, value: disk, unit: "ms" },
      {
        name: `${verb} ${SIZE} MiB of a shared folder in the guest`,
        value: shared,
        unit: "ms",
        limit: disk * LIMIT,
        reason: `${LIMIT} × the disk`,
      },
    ];
  });
}
