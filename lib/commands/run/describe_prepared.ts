import type { PreparedMachine } from "../../launch/mod.ts";

/** Describes what a machine was made from, in lines for `--debug`. */
export function describePrepared(prepared: PreparedMachine): string[] {
  const { specification, boot, guest, healed, problems } = prepared;
  return [
    `kernel: ${boot.version} (${boot.format})`,
    `command line: ${specification.commandLine}`,
    `root disk: a clone of ${specification.disks[0]?.source}`,
    ...healed.map(({ fault, reason }) => `healed in the clone: ${fault} (${reason})`),
    ...problems.map((problem) => `left out: ${problem}`),
    ...guest.files.map(({ path }) => `appended to the initramfs: ${path}`),
  ];
}
