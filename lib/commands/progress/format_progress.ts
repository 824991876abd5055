import { formatDuration, formatSize, paint, printable, progressBar } from "../../ui/mod.ts";
import type { ImageProgress } from "./image_progress.ts";

/** More blobs at once than this are not shown one by one. */
const MAX_BLOBS = 6;
const MIN_BAR = 8;
const MAX_BAR = 30;
const INDENT = 2;
const LABEL = 13;
/** What facts need at most, as a rule: `1.2G of 3.4G  another snapvm brings it`, and two spaces before them. */
const FACTS = 41;
/** How many digits of a digest people read. */
const SHORT_DIGEST = 12;

/** How fast an image arrives. */
export interface Speed {
  /** Bytes a second, if that is known. */
  readonly perSecond: number | undefined;
  /** In how many milliseconds the rest will be there, if that is known. */
  readonly timeLeft: number | undefined;
}

/** The lines that show a terminal how far an image has come, each at most `columns` wide. */
export function progressLines(
  progress: ImageProgress,
  { perSecond, timeLeft }: Speed,
  { name, columns }: { readonly name: string; readonly columns: number },
): string[] {
  const { reference, unpack, size, downloaded, blobs } = progress;
  const title = printable(reference ?? name).slice(0, columns);
  const row = (label: string, done: number, total: number, facts: readonly string[]) =>
    barLine({ label, done, total, facts, columns });
  if (reference === undefined && blobs.length === 0 && unpack === undefined) {
    return [`${title}: looking it up`.slice(0, columns)];
  }
  const lines = [paint(title, "bold")];
  if (blobs.length > 0 && !progress.isDownloaded) {
    const active = blobs.filter(({ state }) => state === "arriving" || state === "waiting");
    const isWaiting = active.length > 0 && active.every(({ state }) => state === "waiting");
    lines.push(row("downloading", downloaded, size, [
      `${formatSize(downloaded)} of ${formatSize(size)}`,
      ...isWaiting ? ["another snapvm brings it"] : speedFacts(perSecond, timeLeft),
    ]));
    const shown = progress.layers > 1 ? active.slice(0, MAX_BLOBS) : [];
    lines.push(
      ...shown.map(({ digest, done, size, state, resumedAt }) =>
        row(`  ${shortDigest(digest, 10)}`, done, size, [
          `${formatSize(done)} of ${formatSize(size)}`,
          ...state === "waiting" ? ["another snapvm brings it"] : [],
          ...resumedAt ? [`resumed at ${formatSize(resumedAt)}`] : [],
        ])
      ),
    );
  } else if (blobs.length > 0) {
    lines.push(row("downloaded", 1, 1, [formatSize(size)]));
  }
  if (unpack !== undefined && unpack.state !== "present") {
    lines.push(row("unpacking", unpack.done, unpack.size, [
      `${formatSize(unpack.done)} of ${formatSize(unpack.size)}`,
      unpack.state === "waiting" ? "another snapvm does it" : entriesOf(unpack.entries),
    ]));
  }
  return lines;
}

/** A label, a bar that is as wide in every line, and facts, of which the last ones give way first. */
function barLine(
  { label, done, total, facts, columns }: {
    readonly label: string;
    readonly done: number;
    readonly total: number;
    readonly facts: readonly string[];
    readonly columns: number;
  },
): string {
  const width = Math.min(MAX_BAR, columns - INDENT - LABEL - FACTS);
  const bar = width < MIN_BAR ? "" : `${progressBar(done, total, width)}  `;
  const head = `${" ".repeat(INDENT)}${label.padEnd(LABEL)}${bar}`;
  let shown = facts;
  while (shown.length > 1 && head.length + textOf(shown).length > columns) {
    shown = shown.slice(0, -1);
  }
  return (head + textOf(shown)).slice(0, columns);
}

function textOf(facts: readonly string[]): string {
  return facts.filter((fact) => fact !== "").join("  ");
}

/** What is known about a speed, for people. */
export function speedFacts(
  perSecond: number | undefined,
  timeLeft: number | undefined,
): string[] {
  if (perSecond === undefined) return [];
  return [
    `${formatSize(perSecond)}/s`,
    // Beyond that it is a guess that changes with each look.
    ...timeLeft === undefined || timeLeft > 24 * 3600_000
      ? []
      : [`${formatDuration(Math.max(1000, Math.ceil(timeLeft / 1000) * 1000))} left`],
  ].map((fact) => fact.replace(/\.0+ s/, " s"));
}

function entriesOf(entries: number): string {
  return entries > 0 ? `${entries} ${entries === 1 ? "entry" : "entries"}` : "";
}

/** A digest's first digits. */
export function shortDigest(digest: string, length: number = SHORT_DIGEST): string {
  return digest.slice(digest.indexOf(":") + 1).slice(0, length);
}

/** How bringing an image ended: `94M in 3 layers, unpacked in 2.1 s`. */
export function summaryOf(progress: ImageProgress): string {
  const { layers, size, resumed, fetched, blobs, unpack, unpackTime } = progress;
  // Of an image that was there already, only unpacking is told.
  const parts = layers === 0
    ? []
    : [`${formatSize(size)} in ${layers} ${layers === 1 ? "layer" : "layers"}`];
  if (resumed > 0) parts.push(`${formatSize(resumed)} of it from an earlier attempt`);
  else if (blobs.length > 0 && fetched === 0) parts.push("there already");
  if (unpackTime !== undefined) parts.push(`unpacked in ${formatDuration(unpackTime)}`);
  else if (unpack?.state === "present") parts.push("unpacked before");
  else if (unpack?.state === "complete") parts.push("unpacked");
  return parts.join(", ");
}
