import { print, printable } from "../../ui/mod.ts";
import type { PreparedMachine } from "../../launch/prepare_machine.ts";

/** Says on standard error what a machine was made of, for `--debug`. */
export function describePrepared(prepared: PreparedMachine): void {
  const { specification, boot, guest, healed, problems } = prepared;
  const lines = [
    `kernel: ${boot.version} (${boot.format})`,
    `command line: ${specification.commandLine}`,
    `root disk: a clone of ${specification.disks[0]?.source}`,
    ...healed.map(({ fault, reason }) => `healed in the clone: ${fault} (${reason})`),
    ...problems.map((problem) => `left out: ${problem}`),
    ...guest?.files.map(({ path }) => `appended to the initramfs: ${path}`) ?? [],
  ];
  print(lines.map((line) => `debug: ${printable(line)}\n`).join(""), Deno.stderr);
}
