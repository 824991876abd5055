import { formatPlatform } from "../../oci/mod.ts";
import type { FindingKind, ImageCheck, ResolvedImage, SnapshotFinding } from "../../store/mod.ts";
import { printable } from "../../ui/mod.ts";
import { printableName } from "../fs/entry.ts";
import { printableBytes } from "../fs/printable_bytes.ts";

/** How many faults of a kind people are shown. */
const MAX_SHOWN = 20;

const KINDS: Readonly<Record<FindingKind, string>> = {
  lost: "in the layers, and not in the snapshot",
  dead: "the name leads to nothing that can be read",
  doubled: "twice in its folder",
  unattached: "no name leads to it",
  different: "not as the layers say",
  extra: "in the snapshot, and not in the layers",
};

/** What a check found, for people. */
export function describeCheck(image: ResolvedImage, check: ImageCheck): string {
  const { findings, uncompared, layers, entries, inexactTimes } = check;
  const names = count(entries, "name");
  const lines: [string, string][] = [
    ["image", image.reference ?? image.name],
    ...image.platform ? [["platform", formatPlatform(image.platform)] as [string, string]] : [],
    ["snapshot", `${image.snapshot.path}, ${names}`],
    [
      "layers",
      uncompared === undefined ? count(layers, "layer") : `not compared with: ${uncompared}`,
    ],
    ...inexactTimes > 0
      ? [["times", `${number(inexactTimes)} not exact, as container writes them`] as [
        string,
        string,
      ]]
      : [],
  ];
  const head = lines.map(([label, value]) => `${label.padEnd(10)}  ${printable(value)}\n`).join("");
  const kinds = Object.keys(KINDS) as FindingKind[];
  return `${head}\n${kinds.map((kind) => describeKind(kind, findings)).join("")}${
    verdict(check)
  }\n`;
}

function verdict({ findings, omitted, uncompared }: ImageCheck): string {
  if (findings.length > 0) {
    const faults = count(findings.length + omitted, "fault");
    return uncompared === undefined
      ? `The snapshot is not what its layers say: ${faults}.`
      : `The snapshot is not sound: ${faults}.`;
  }
  return uncompared === undefined
    ? "The snapshot is what its layers say."
    : "The snapshot is sound in itself. Whether it is what its layers say is not known.";
}

function describeKind(kind: FindingKind, findings: readonly SnapshotFinding[]): string {
  const found = findings.filter((finding) => finding.kind === kind);
  if (found.length === 0) return "";
  const sorted = found.toSorted((left, right) => compare(sortKey(left), sortKey(right)));
  const shown = sorted.slice(0, MAX_SHOWN).map((finding) => `  ${describe(finding)}\n`);
  const rest = found.length - shown.length;
  if (rest > 0) shown.push(`  … and ${number(rest)} more; --json has all\n`);
  return `${kind} (${number(found.length)}): ${KINDS[kind]}\n${shown.join("")}\n`;
}

function describe(
  { kind, path, pathBytes, inode, aspect, expected, found }: SnapshotFinding,
): string {
  const name = pathBytes !== undefined
    ? printableBytes(Uint8Array.fromBase64(pathBytes))
    : path !== undefined
    ? printableName(path)
    : `inode ${inode}`;
  const details = (text: string | undefined) => text === undefined ? "" : printable(text);
  switch (kind) {
    case "lost":
      return `${name}  ${details(expected)}`;
    case "dead":
      return `${name}  ${details(found)}`;
    case "different":
      return `${name}  ${aspect}: ${details(found)}; right is ${details(expected)}`;
    case "doubled":
      return found === undefined
        ? `${name}  leading to inode ${inode}`
        : `${name}  ${details(found)}${expected === undefined ? "" : `; right is ${expected}`}`;
    case "unattached":
    case "extra":
      return `${name}  ${details(found)}`;
  }
}

function sortKey({ path, inode, aspect }: SnapshotFinding): string {
  return `${path ?? `\0${String(inode).padStart(10, "0")}`}\0${aspect ?? ""}`;
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function count(many: number, what: string): string {
  return `${number(many)} ${what}${many === 1 ? "" : "s"}`;
}

function number(value: number): string {
  return value.toLocaleString("en-US");
}
