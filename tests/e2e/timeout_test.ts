import assert from "node:assert/strict";
import { type FixtureImage, fixtureImage } from "../fixtures/fixture_image.ts";
import type { TestedBackend } from "./support/backends.ts";
import { checkRows } from "./support/check_rows.ts";
import { demo } from "./support/demo.ts";
import { runImage } from "./support/run_image.ts";
import { test } from "./support/test.ts";

/** How often a guest that has not come so far gets twice the time. */
const MAX_ATTEMPTS = 4;

/** How long the demo takes, in seconds: the measure of how long the others wait. It is taken once. */
let demoBoot: Promise<number> | undefined;

async function measureDemo(backend: TestedBackend): Promise<number> {
  const begin = performance.now();
  await runImage(backend, demo, { command: ["true"] });
  return (performance.now() - begin) / 1000;
}

test("--timeout ends snapvm run with 124 and says what the guest was doing", async ({ backend, t }) => {
  const initramfsTools = await fixtureImage("debian-initramfs-tools");
  const boot = await (demoBoot ??= measureDemo(backend));
  interface TimeoutRow {
    readonly name: string;
    readonly image: FixtureImage;
    /** Where it is booted: what takes long is so once. Default: on both. */
    readonly backend?: TestedBackend["name"];
    readonly kernelArguments: readonly string[];
    /** How long it is waited for at first, in boots of the demo. */
    readonly boots: number;
    /** What every guest does on its way there, in this order, and then does for ever. */
    readonly doing: readonly string[];
  }
  const rows: readonly TimeoutRow[] = [
    {
      name: "services that do not get ready",
      image: initramfsTools,
      backend: "vz",
      kernelArguments: ["systemd.run=sleep 1000"],
      // Two minutes later the command is run all the same.
      boots: 4,
      doing: ["starting its kernel", "in its initramfs", "starting its services"],
    },
    {
      name: "an initramfs that waits for its root filesystem",
      image: initramfsTools,
      backend: "qemu",
      kernelArguments: ["root=/dev/nonexistent", "rootdelay=1000"],
      boots: 5,
      doing: ["starting its kernel", "in its initramfs"],
    },
    {
      name: "a guest that never starts its init",
      image: demo,
      kernelArguments: ["rdinit=/bin/sh"],
      boots: 2,
      doing: ["starting its kernel"],
    },
    {
      name: "a command that does not end",
      image: demo,
      kernelArguments: [],
      boots: 2,
      doing: [
        "starting its kernel",
        "in its initramfs",
        "starting its services",
        "running the command",
      ],
    },
  ];
  const own = rows.filter((row) => (row.backend ?? backend.name) === backend.name);
  await checkRows(t, own, async ({ image, kernelArguments, boots, doing }) => {
    for (let attempt = 1;; attempt++) {
      const seconds = Math.ceil(boot * boots * 2 ** (attempt - 1));
      const { stderr, ...result } = await runImage(backend, image, {
        options: [
          ...["--timeout", `${seconds}`],
          ...kernelArguments.flatMap((argument) => ["--karg", argument]),
        ],
        command: ["sleep", "1000"],
      });
      assert.deepEqual(result, { status: 124, stdout: "", leftBehind: [] });
      const said = /^error: Cannot finish in [\dms. ]+: the guest was still (.*)\n/.exec(
        stderr,
      )?.[1];
      assert.ok(said !== undefined && doing.includes(said), stderr);
      if (said === doing.at(-1)) return;
      assert.ok(attempt < MAX_ATTEMPTS, `It was still ${said} after ${seconds} s`);
    }
  });
});
