import assert from "node:assert/strict";
import { type FixtureImage, fixtureImage } from "../fixtures/fixture_image.ts";
import { checkRows } from "./support/check_rows.ts";
import { demo } from "./support/demo.ts";
import { runImage } from "./support/run_image.ts";
import { test } from "./support/test.ts";

/** How often a guest that has not come so far gets twice the time: Debian takes longer than the demo. */
const MAX_ATTEMPTS = 4;

test("--timeout ends snapvm run with 124 and says what the guest was doing", async ({ backend, t }) => {
  const initramfsTools = await fixtureImage("debian-initramfs-tools");
  const begin = performance.now();
  await runImage(backend, demo, { command: ["true"] });
  const boot = (performance.now() - begin) / 1000;
  interface TimeoutRow {
    readonly name: string;
    readonly image: FixtureImage;
    readonly kernelArguments: readonly string[];
    /** What every guest does on its way there, in this order, and then does for ever. */
    readonly doing: readonly string[];
  }
  const rows: readonly TimeoutRow[] = [
    {
      name: "services that do not get ready",
      image: initramfsTools,
      kernelArguments: ["systemd.run=sleep 1000"],
      doing: ["starting its kernel", "in its initramfs", "starting its services"],
    },
    {
      name: "an initramfs that waits for its root filesystem",
      image: initramfsTools,
      kernelArguments: ["root=/dev/nonexistent", "rootdelay=1000"],
      doing: ["starting its kernel", "in its initramfs"],
    },
    {
      name: "a guest that never starts its init",
      image: demo,
      kernelArguments: ["rdinit=/bin/sh"],
      doing: ["starting its kernel"],
    },
    {
      name: "a command that does not end",
      image: demo,
      kernelArguments: [],
      doing: [
        "starting its kernel",
        "in its initramfs",
        "starting its services",
        "running the command",
      ],
    },
  ];
  await checkRows(t, rows, async ({ image, kernelArguments, doing }) => {
    for (let attempt = 1;; attempt++) {
      const seconds = Math.ceil(boot * 2 ** attempt);
      const { stderr, ...result } = await runImage(backend, image, {
        options: [
          ...["--timeout", `${seconds}`],
          ...kernelArguments.flatMap((argument) => ["--karg", argument]),
        ],
        command: ["sleep", "1000"],
      });
      assert.deepEqual(result, { status: 124, stdout: "", leftBehind: [] });
      const said = /^error: Cannot finish in [\d.]+ (?:s|min): the guest was still (.*)\n/.exec(
        stderr,
      )?.[1];
      assert.ok(said !== undefined && doing.includes(said), stderr);
      if (said === doing.at(-1)) return;
      assert.ok(attempt < MAX_ATTEMPTS, `It was still ${said} after ${seconds} s`);
    }
  });
});
