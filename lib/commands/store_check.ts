import { checkStore, openOwnStore, type StoreCheck, type StoreFinding } from "../store/mod.ts";
import { ExitStatus, formatSize, LiveLines, print, printable, printJson } from "../ui/mod.ts";
import { Interruption } from "./interruption.ts";

interface StoreCheckOptions {
  readonly json?: true | undefined;
  readonly repair?: true | undefined;
}

/** `snapvm store check`. */
export async function storeCheck({ json, repair }: StoreCheckOptions): Promise<void> {
  using interruption = new Interruption();
  const own = await openOwnStore();
  let progress = "";
  using live = new LiveLines((columns) => [progress.slice(0, columns)]);
  if (LiveLines.areShown) live.start();
  const check = await checkStore(own, {
    repair,
    signal: interruption.signal,
    onProgress: ({ done, size }) => {
      progress = `Reading: ${formatSize(done)} of ${formatSize(size)}`;
    },
  });
  live.clear();
  if (json) printJson(toJson(own.root, check));
  else print(describe(own.root, check, repair === true));
  if (!check.isWhole) Deno.exitCode = ExitStatus.failure;
}

function toJson(root: string, { findings, ...check }: StoreCheck) {
  return {
    store: root,
    ...check,
    findings: findings.map((finding) => ({ ...finding, digest: finding.digest ?? null })),
  };
}

function describe(root: string, check: StoreCheck, repair: boolean): string {
  const { references, blobs, snapshots, size, findings, isWhole } = check;
  const lines = findings.map(describeFinding);
  const count = (number: number, name: string) => `${number} ${name}${number === 1 ? "" : "s"}`;
  const content = [
    count(references, "reference"),
    `${count(blobs, "blob")} (${formatSize(size)})`,
    count(snapshots, "snapshot"),
  ].join(", ");
  lines.push(`${root}: ${content}: ${isWhole ? "whole" : "damaged"}`);
  const isMendable = !repair &&
    findings.some(({ isDamage, kind }) => isDamage || kind === "half-made");
  if (isMendable) lines.push("snapvm store check --repair removes what is damaged or half made.");
  if (findings.some(({ kind, isRepaired }) => kind === "unneeded" && !isRepaired)) {
    lines.push("snapvm prune removes what is not needed.");
  }
  return lines.map((line) => `${printable(line)}\n`).join("");
}

function describeFinding({ kind, path, message, references, isRepaired }: StoreFinding): string {
  const users = references.length > 0 ? ` (of ${references.join(", ")})` : "";
  return `${kind}: ${path}${users}: ${message}${isRepaired ? "; mended" : ""}`;
}
