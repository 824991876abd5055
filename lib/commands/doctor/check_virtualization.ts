import { formatSize } from "../../ui/mod.ts";
import { type LibraryLocation, openVirtualization } from "../../vm/mod.ts";
import { type Finding, findingOf } from "./finding.ts";

/** Whether Virtualization.framework can run machines on this Mac, and how large they can be. */
export async function checkVirtualization(location: LibraryLocation): Promise<Finding> {
  const check = "vz";
  try {
    const { supported, system, maximumCpus, maximumMemory } = (await openVirtualization(location))
      .host();
    if (supported) {
      const limits = `up to ${maximumCpus} processors and ${formatSize(maximumMemory)} of memory`;
      return { check, state: "ok", finding: `macOS ${system}, ${limits}` };
    }
    return {
      check,
      state: "missing",
      finding: `Virtualization.framework is not available (macOS ${system})`,
      advice: "QEMU can emulate: add --backend qemu to snapvm run.",
    };
  } catch (error) {
    return findingOf(error, check, "missing");
  }
}
