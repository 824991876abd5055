/**
 * Measures snapvm beside its peers, prints a table and writes `dist/bench.json`: `deno task bench [NAME…]`. Each row has
 * one of the compiled binary beside it, which `deno task compile` makes first.
 *
 * Linux only; needs e2fsprogs and strace; for `machine` mmdebstrap, OpenSSH and root; for `vz` btrfs-progs, what the tests build the double with, and root; for
 * `unpack` and `pull` root, docker-registry, isal, libdeflate-tools, mmdebstrap, pigz, skopeo, umoci, zstd, 10 GB of disk,
 * and minutes to make the layers before the first time.
 *
 * @module
 */

import { fileURLToPath } from "node:url";

import { measureCheck } from "./check.ts";
import { measureKernel } from "./kernel.ts";
import { measureListing } from "./listing.ts";
import { measureMachine } from "./machine.ts";
import { measurePull } from "./pull.ts";
import { measureRun } from "./run.ts";
import { measureShares } from "./shares.ts";
import { measureStart } from "./start.ts";
import { measureUnpack } from "./unpack.ts";
import type { Measurement } from "./measurement.ts";
import { run } from "./process.ts";
import { measureVirtualization } from "./virtualization.ts";

const MEASUREMENTS: Readonly<Record<string, (folder: string) => Promise<Measurement[]>>> = {
  start: measureStart,
  kernel: measureKernel,
  listing: measureListing,
  run: measureRun,
  machine: measureMachine,
  check: measureCheck,
  shares: measureShares,
  vz: measureVirtualization,
  unpack: measureUnpack,
  pull: measurePull,
};
const DIST = fileURLToPath(new URL("../../dist/", import.meta.url));

const wanted = Deno.args.length === 0 ? Object.keys(MEASUREMENTS) : Deno.args;
const results: Measurement[] = [];
for (const name of wanted) {
  const measure = MEASUREMENTS[name];
  if (measure === undefined) {
    throw new Error(`Cannot measure ${name}: there is ${Object.keys(MEASUREMENTS).join(", ")}`);
  }
  const folder = await Deno.makeTempDir({ prefix: "snapvm-bench-" });
  try {
    // What the one before has written is not to be waited for in the next.
    await run(["sync"]);
    results.push(...await measure(folder));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const rows = results.map(({ name, value, unit, limit, reason }) => ({
  verdict: limit === undefined ? "" : value <= limit ? "ok" : "MISSED",
  value: `${value.toFixed(1)} ${unit}`,
  limit: limit === undefined ? "" : `${limit.toFixed(1)} ${unit}`,
  name,
  reason: reason ?? "",
}));
const widths = { verdict: 6, value: 12, limit: 12 };
const print = (text: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
print(`        ${"value".padStart(widths.value)}  ${"at most".padStart(widths.limit)}`);
for (const { verdict, value, limit, name, reason } of rows) {
  print(
    `${verdict.padEnd(widths.verdict)}  ${value.padStart(widths.value)}  ` +
      `${limit.padStart(widths.limit)}  ${name}${reason === "" ? "" : `; ${reason}`}`,
  );
}
await Deno.mkdir(DIST, { recursive: true });
const machine = { deno: Deno.version.deno, os: Deno.build.os, arch: Deno.build.arch };
await Deno.writeTextFile(`${DIST}bench.json`, JSON.stringify({ machine, results }, null, 2) + "\n");
