import assert from "node:assert/strict";
import { type FixtureImage, fixtureImage } from "../fixtures/fixture_image.ts";
import { checkRows } from "./check_rows.ts";
import { demo } from "./demo.ts";
import { runSnapvm } from "./snapvm.ts";

/**
 * How much longer than a boot that nothing holds up the time limit is: all rows boot beside each other, and a Debian
 * as far as its services takes four times as long as the demo.
 */
const PATIENCE = 10;

Deno.test("--timeout ends snapvm run with 124 and says what the guest was doing", async (t) => {
  const initramfsTools = await fixtureImage("debian-initramfs-tools");
  const begin = performance.now();
  await runSnapvm(["run", demo.reference, "--", "true"], { image: demo });
  const seconds = Math.ceil(PATIENCE * (performance.now() - begin) / 1000);
  interface TimeoutRow {
    readonly name: string;
    readonly image: FixtureImage;
    readonly kernelArguments: readonly string[];
    readonly doing: string;
  }
  const rows: readonly TimeoutRow[] = [
    {
      name: "a guest that never starts its init",
      image: demo,
      kernelArguments: ["rdinit=/bin/sh"],
      doing: "starting its kernel",
    },
    {
      name: "an initramfs that waits for its root filesystem",
      image: initramfsTools,
      kernelArguments: ["root=/dev/nonexistent", "rootdelay=1000"],
      doing: "in its initramfs",
    },
    {
      name: "services that do not get ready",
      image: initramfsTools,
      kernelArguments: ["systemd.run=sleep 1000"],
      doing: "starting its services",
    },
    {
      name: "a command that does not end",
      image: demo,
      kernelArguments: [],
      doing: "running the command",
    },
  ];
  await checkRows(t, rows, async ({ image, kernelArguments, doing }) => {
    const { status, stdout, stderr, leftBehind } = await runSnapvm([
      ...["run", image.reference, "--platform", image.platform, "--timeout", `${seconds}`],
      ...kernelArguments.flatMap((argument) => ["--karg", argument]),
      ...["--", "sleep", "1000"],
    ], { image });
    assert.match(
      stderr,
      new RegExp(`^error: Cannot finish in .* s: the guest was still ${doing}\n`),
    );
    assert.deepEqual({ status, stdout, leftBehind }, { status: 124, stdout: "", leftBehind: [] });
  }, rows.length);
});
