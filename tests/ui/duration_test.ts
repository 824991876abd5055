import assert from "node:assert/strict";
import { formatDuration, parseDuration } from "../../lib/ui/mod.ts";

Deno.test("parseDuration() reads units, and a bare number as seconds", () => {
  const rows: [string, number | undefined][] = [
    ["90", 90_000],
    ["90s", 90_000],
    ["1.5m", 90_000],
    ["500ms", 500],
    ["2h", 7_200_000],
    ["0", undefined],
    ["-5", undefined],
    ["5 s", undefined],
    ["soon", undefined],
    ["999999h", undefined],
  ];
  for (const [text, milliseconds] of rows) assert.equal(parseDuration(text), milliseconds, text);
});

Deno.test("formatDuration() changes its unit with the length", () => {
  const rows: [number, string][] = [
    [0, "0 ms"],
    [40.4, "40 ms"],
    [1254, "1.25 s"],
    [26_400, "26.4 s"],
    [125_000, "2 m 05 s"],
  ];
  for (const [milliseconds, text] of rows) assert.equal(formatDuration(milliseconds), text);
});
