import { hasCode } from "../error/mod.ts";
import { type BackendName, chooseBackend, prepareBackend } from "../launch/mod.ts";
import { ExitStatus, print, printable, withStatus } from "../ui/mod.ts";
import type { AccelerationName, Backend } from "../vm/mod.ts";
import { runImage } from "./run/run_image.ts";
import type { RunOptions } from "./run/run_options.ts";

interface RunCommandOptions extends RunOptions {
  readonly backend?: BackendName | undefined;
  readonly accel?: AccelerationName | undefined;
}

/** `snapvm run`. */
export async function run(
  options: RunCommandOptions,
  image: string,
  ...command: string[]
): Promise<void> {
  const backend = backendOf(options);
  if (options.detach) {
    const { runDetached } = await import(
      import.meta.resolve("./run/run_detached.ts")
    ) as typeof import("./run/run_detached.ts");
    const { backend: name, accel: acceleration } = options;
    return await runDetached(image, command, options, { name, acceleration });
  }
  await prepareBackend(backend).catch((error) => {
    throw withStatus(error, ExitStatus.notStarted);
  });
  Deno.exitCode = await runImage(image, command, options, backend);
}

/** The hypervisor that the options name. One that this system does not have is wrong usage. */
function backendOf({ backend: name, accel: acceleration, debug }: RunCommandOptions): Backend {
  const onCommand = (words: readonly string[]) =>
    print(`debug: ${printable(words.join(" "))}\n`, Deno.stderr);
  try {
    return chooseBackend({ name, acceleration, ...debug && { onCommand } });
  } catch (error) {
    if (!hasCode(error, "backend-unavailable", "acceleration-not-for-backend")) throw error;
    throw withStatus(error, ExitStatus.usage);
  }
}
