import assert from "node:assert/strict";
import fc from "fast-check";
import {
  formatPlatform,
  hostPlatform,
  parsePlatform,
  type Platform,
  platformsEqual,
} from "../../../lib/oci/mod.ts";
import { appleNames } from "../support/apple_names.ts";

Deno.test("parsePlatform() gives architectures their usual names and variants", () => {
  const rows: [text: string, platform: Platform, printed: string][] = [
    ["linux/arm64", { os: "linux", architecture: "arm64", variant: "v8" }, "linux/arm64"],
    ["linux/aarch64/8", { os: "linux", architecture: "arm64", variant: "v8" }, "linux/arm64"],
    ["linux/amd64/v1", { os: "linux", architecture: "amd64" }, "linux/amd64"],
    ["linux/x86-64", { os: "linux", architecture: "amd64" }, "linux/amd64"],
    ["linux/arm", { os: "linux", architecture: "arm", variant: "v7" }, "linux/arm/v7"],
    ["linux/armel", { os: "linux", architecture: "arm", variant: "v7" }, "linux/arm/v7"],
    ["linux/armel/v6", { os: "linux", architecture: "arm", variant: "v6" }, "linux/arm/v6"],
    ["windows/amd64", { os: "windows", architecture: "amd64" }, "windows/amd64"],
    ["linux/riscv64", { os: "linux", architecture: "riscv64" }, "linux/riscv64"],
    ["linux/ARM64", { os: "linux", architecture: "ARM64" }, "linux/ARM64"],
    ["//linux/s390x", { os: "linux", architecture: "s390x" }, "linux/s390x"],
  ];
  for (const [text, platform, printed] of rows) {
    assert.deepEqual(parsePlatform(text), platform, text);
    assert.equal(formatPlatform(platform), printed);
  }
});

Deno.test("parsePlatform() refuses what is not a platform", () => {
  const rows = [
    "",
    "/",
    "linux",
    "linux/",
    "linux//",
    "linux//v8",
    "arm64",
    "/arm64",
    "Linux/arm64",
    "freebsd/amd64",
    "unknown/unknown",
    "linux/arm64/",
    "linux/arm64/v9",
    "linux/arm64/v8/x",
    "linux/amd64/v2",
    "linux/armhf/v6",
    "linux/386/x",
    "linux/s390x/v1",
  ];
  for (const text of rows) {
    assert.throws(() => parsePlatform(text), { code: "invalid-platform", data: { text } }, text);
  }
});

Deno.test("parsePlatform() and formatPlatform() say what Apple's parser says", () => {
  for (const row of appleNames?.platforms ?? []) {
    if (row.error) {
      assert.throws(() => parsePlatform(row.input), { code: "invalid-platform" }, row.input);
      continue;
    }
    const platform = parsePlatform(row.input);
    assert.deepEqual(
      [platform.os, platform.architecture, platform.variant ?? null, formatPlatform(platform)],
      [row.os, row.architecture, row.variant, row.description],
      row.input,
    );
  }
});

Deno.test("platformsEqual() knows an architecture by all its names, and arm64 without a variant as v8", () => {
  const linux = (architecture: string, variant?: string) => ({
    os: "linux",
    architecture,
    ...(variant === undefined ? {} : { variant }),
  });
  const rows: [a: Platform, b: Platform, equal: boolean][] = [
    [linux("arm64"), linux("arm64", "v8"), true],
    [linux("arm64", "v8"), linux("aarch64"), true],
    [linux("arm64"), linux("arm64", "v9"), false],
    [linux("amd64"), linux("x86_64"), true],
    [linux("amd64"), linux("amd64", "v2"), false],
    [linux("arm", "v7"), linux("armhf", "v7"), true],
    [linux("arm"), linux("arm", "v7"), false],
    [linux("arm64"), { os: "darwin", architecture: "arm64", variant: "v8" }, false],
    [linux("amd64"), linux("386"), false],
  ];
  for (const [a, b, equal] of rows) {
    assert.equal(platformsEqual(a, b), equal, `${formatPlatform(a)} ${formatPlatform(b)}`);
    assert.equal(platformsEqual(b, a), equal, `${formatPlatform(b)} ${formatPlatform(a)}`);
  }
});

Deno.test("platformsEqual() says what Apple's comparison says", () => {
  const platform = (
    { os, architecture, variant }: { os: string; architecture: string; variant: string | null },
  ): Platform => variant === null ? { os, architecture } : { os, architecture, variant };
  const name = (a: Platform, b: Platform) => JSON.stringify([a, b]);

  const candidates = (appleNames?.platformCandidates ?? []).map(platform);
  const equal = new Set(
    (appleNames?.equalPlatforms ?? []).flatMap(({ a, b }) => [
      name(platform(a), platform(b)),
      name(platform(b), platform(a)),
    ]),
  );
  for (const a of candidates) {
    for (const b of candidates) {
      assert.equal(platformsEqual(a, b), a === b || equal.has(name(a, b)), name(a, b));
    }
  }
});

Deno.test("formatPlatform() prints what parsePlatform() parses to the same platform", () => {
  const texts = fc.tuple(
    fc.constantFrom("linux", "windows", "darwin"),
    fc.constantFrom("arm64", "aarch64", "x86_64", "arm", "armhf", "armel/v6", "386", "ppc64le"),
  ).map((parts) => parts.join("/"));
  fc.assert(fc.property(texts, (text) => {
    const platform = parsePlatform(text);
    assert.deepEqual(parsePlatform(formatPlatform(platform)), platform);
  }));
});

Deno.test("hostPlatform() is Linux on this computer's processor", async () => {
  const { stdout } = await new Deno.Command("uname", { args: ["-m"] }).output();
  const machine = new TextDecoder().decode(stdout).trim();
  assert.deepEqual(hostPlatform(), parsePlatform(`linux/${machine}`));
});
