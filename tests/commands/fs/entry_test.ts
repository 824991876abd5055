import assert from "node:assert/strict";
import type { FileInfo } from "../../../lib/ext4/mod.ts";
import {
  formatMode,
  formatPermissions,
  formatTime,
  printableName,
} from "../../../lib/commands/fs/entry.ts";

const info = (mode: number, is: Partial<FileInfo>) => ({ mode, ...is }) as FileInfo;

Deno.test("formatPermissions() writes modes as ls -l does", () => {
  const rows: [number, Partial<FileInfo>, string, string][] = [
    [0o100644, { isFile: true }, "-rw-r--r--", "0644"],
    [0o104755, { isFile: true }, "-rwsr-xr-x", "4755"],
    [0o106644, { isFile: true }, "-rwSr-Sr--", "6644"],
    [0o041777, { isDirectory: true }, "drwxrwxrwt", "1777"],
    [0o041770, { isDirectory: true }, "drwxrwx--T", "1770"],
    [0o120777, { isSymlink: true }, "lrwxrwxrwx", "0777"],
    [0o020600, { isCharDevice: true }, "crw-------", "0600"],
    [0o060660, { isBlockDevice: true }, "brw-rw----", "0660"],
    [0o010600, { isFifo: true }, "prw-------", "0600"],
    [0o140755, { isSocket: true }, "srwxr-xr-x", "0755"],
  ];
  for (const [mode, is, permissions, octal] of rows) {
    assert.equal(formatPermissions(info(mode, is)), permissions);
    assert.equal(formatMode(info(mode, is)), octal);
  }
});

Deno.test("formatTime() is exact from 1901 to 2446", () => {
  const rows: [seconds: number, nanoseconds: number, text: string][] = [
    [0, 0, "1970-01-01T00:00:00Z"],
    [1, 500_000_000, "1970-01-01T00:00:01.5Z"],
    [-1, 999_999_999, "1969-12-31T23:59:59.999999999Z"],
    [-2_147_483_648, 0, "1901-12-13T20:45:52Z"],
    [15_032_385_535, 123_456_700, "2446-05-10T22:38:55.1234567Z"],
  ];
  for (const [seconds, nanoseconds, text] of rows) {
    assert.equal(formatTime({ seconds, nanoseconds }), text);
  }
});

Deno.test("printableName() lets no control character reach a terminal", () => {
  assert.equal(printableName("a\x1b[2J\n\\\u009bé"), "a\\x1b[2J\\x0a\\\\\\x9bé");
});
