import assert from "node:assert/strict";
import { fixtureImage, type ImageShape } from "../fixtures/fixture_image.ts";
import type { TestedBackend } from "./support/backends.ts";
import { checkRows } from "./support/check_rows.ts";
import { checkExactCommand, type ExactCommand } from "./support/exact_command.ts";
import { startImage } from "./support/run_image.ts";
import { test } from "./support/test.ts";

interface ImageRow extends Pick<ExactCommand, "osRelease" | "systemd" | "end" | "status"> {
  readonly name: string;
  readonly shape: ImageShape;
  /** Where it is booted. Default: on both. */
  readonly backend?: TestedBackend["name"];
}

// Debian 12 is where work_test.ts works; the same is checked there.
const ROWS: readonly ImageRow[] = [
  {
    name: "Debian 13",
    shape: "debian-initramfs-tools",
    backend: "vz",
    osRelease: "/usr/lib/os-release",
    systemd: true,
    end: "exit 42",
    status: 42,
  },
  {
    name: "busybox for arm64",
    shape: "arm64",
    backend: "qemu",
    osRelease: "/etc/os-release",
    systemd: false,
    end: "exit 0",
    status: 0,
  },
  {
    name: "busybox in a UKI",
    shape: "uki",
    osRelease: "/etc/os-release",
    systemd: false,
    end: "exit 1",
    status: 1,
  },
  {
    name: "the demo",
    shape: "demo",
    osRelease: "/etc/os-release",
    systemd: false,
    end: "kill -KILL $$",
    status: 137,
  },
];

test("snapvm run boots an image with its own kernel and runs a command exactly", async ({ backend, t }) => {
  const rows = ROWS.filter((row) => (row.backend ?? backend.name) === backend.name);
  await checkRows(t, rows, async ({ shape, ...row }) => {
    const image = await fixtureImage(shape);
    const leftBehind = await checkExactCommand({
      ...row,
      image,
      start: (command, more) => startImage(backend, image, { command, ownSize: true, ...more }),
    });
    assert.deepEqual(leftBehind, []);
  });
});
