/**
 * `snapvm pull` from a registry on the loopback, beside `skopeo copy` to a folder, and from a slow one.
 *
 * @module
 */

import { join } from "node:path";

import { benchImage, type BenchImageName } from "./layers.ts";
import type { Measurement } from "./measurement.ts";
import { type CommandLine, compiledSnapvm, medians, run, snapvm, wallTime } from "./process.ts";
import { startRegistry, type TestRegistry } from "../oci/registry/support/test_registry.ts";
import { SlowRelay } from "./slow_relay.ts";

const SLOW = 50_000_000;

/** Measures it in `folder`, an empty one. */
export async function measurePull(folder: string): Promise<Measurement[]> {
  await using registry = await startRegistry({ storage: join(folder, "registry"), life: 3600 });
  const results: Measurement[] = [];
  for (const name of ["debian", "small", "large-gzip"] as const) {
    const { layout } = await benchImage(name);
    await registry.push(`oci:${layout}:latest`, `bench/${name}:latest`);
    results.push(...await measureImage(folder, registry, name));
  }
  return results;
}

async function measureImage(
  folder: string,
  registry: TestRegistry,
  name: BenchImageName,
): Promise<Measurement[]> {
  const home = join(folder, "home");
  const copy = join(folder, "copy");
  const pull = (
    program: (...args: string[]) => CommandLine,
    address: string,
    ...options: string[]
  ): CommandLine => [
    "env",
    `SNAPVM_HOME=${home}`,
    ...program("pull", "--plain-http", "--quiet", "--platform", "linux/amd64", ...options),
    `${address}/bench/${name}:latest`,
  ];
  const skopeo = (address: string): CommandLine => [
    ...["skopeo", "copy", "--quiet", "--src-tls-verify=false"] as const,
    `docker://${address}/bench/${name}:latest`,
    `dir:${copy}`,
  ];
  const clean = async () => {
    for (const path of [home, copy]) {
      await Deno.remove(path, { recursive: true }).catch(() => {});
    }
    await run(["sync", "--file-system", folder]);
  };
  const time = async (command: CommandLine) => {
    await clean();
    return await wallTime(command);
  };
  const times = await medians(name === "large-gzip" ? 2 : 5, async () => ({
    skopeo: await time(skopeo(registry.host)),
    ours: await time(pull(snapvm, registry.host, "--no-unpack")),
    compiled: await time(pull(compiledSnapvm, registry.host, "--no-unpack")),
    unpacked: await time(pull(snapvm, registry.host)),
  }));
  const row = {
    unit: "ms",
    limit: 1.2 * times.skopeo,
    reason: `1.2 × skopeo copy to a folder (${times.skopeo.toFixed(0)} ms)`,
  };
  const results: Measurement[] = [
    { name: `pull --no-unpack ${name} from the loopback`, value: times.ours, ...row },
    { name: `pull --no-unpack ${name} from the loopback, compiled`, value: times.compiled, ...row },
    { name: `pull ${name} from the loopback, unpacked`, value: times.unpacked, unit: "ms" },
  ];
  if (name !== "large-gzip") {
    const slow = await medians(3, async () => {
      await clean();
      await using relay = new SlowRelay(registry.host, SLOW);
      const start = performance.now();
      await run(pull(snapvm, relay.address));
      const end = performance.now();
      const late = end - relay.lastByte;
      return { late, whole: end - start, skopeo: await wallTime(skopeo(relay.address)) };
    });
    results.push({
      name: `pull ${name} at 50 MB/s, unpacked`,
      value: slow.whole,
      unit: "ms",
      limit: 1.2 * slow.skopeo,
      reason: `1.2 × skopeo copy to a folder at the same rate (${slow.skopeo.toFixed(0)} ms)`,
    }, {
      name: `pull ${name} at 50 MB/s: from the last byte to the snapshot`,
      value: slow.late,
      unit: "ms",
      limit: 1000,
    });
  }
  await clean();
  return results;
}
