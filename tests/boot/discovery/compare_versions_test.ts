import assert from "node:assert/strict";
import fc from "fast-check";
import { compareVersions } from "../../../lib/boot/discovery/compare_versions.ts";

// Examples of the Version Format Specification, and kernels of distributions; oldest first.
const OLDEST_FIRST = [
  ["122.1", "123~rc1-1", "123", "123-a", "123-a.1", "123-1", "123-1.1", "123^post1", "123.a-1"],
  ["123.a-1", "123.1-1", "123a-1", "124-1"],
  ["6.1.0-9-cloud-amd64", "6.1.0-10-cloud-amd64", "6.1.0-56-cloud-amd64", "6.12.0-1-amd64"],
  ["6.12.0-0.rc4.fc41.x86_64", "6.12.0-100.fc41.x86_64", "6.12.1-1.fc41.x86_64"],
  ["5.14.0-427.el9.aarch64", "5.14.0-503.el9.aarch64", "6.12.0-55.el10.aarch64"],
  ["6.6.31-0-lts", "6.6.31-1-lts", "6.12.1-0-lts"],
  ["lts", "0-rescue-8f0c", "6.12.0-100.fc41.x86_64"],
];

Deno.test("compareVersions() puts versions into the order of the specification", () => {
  for (const versions of OLDEST_FIRST) {
    for (const [i, older] of versions.entries()) {
      assert.equal(compareVersions(older, older), 0, older);
      for (const newer of versions.slice(i + 1)) {
        assert.ok(compareVersions(older, newer) < 0, `${older} < ${newer}`);
        assert.ok(compareVersions(newer, older) > 0, `${newer} > ${older}`);
      }
    }
  }
});

Deno.test("compareVersions() finds versions equal that differ in zeros and separators only", () => {
  for (const [a, b] of [["123", "0123"], ["1_2", "1+2"], ["1 .2", "1.2"], ["", "_"]] as const) {
    assert.equal(compareVersions(a, b), 0, `${a} = ${b}`);
  }
});

Deno.test("compareVersions() agrees with systemd-analyze compare-versions", () => {
  // Its exit statuses are those of rpmdev-vercmp.
  const signs: Readonly<Record<number, number>> = { 0: 0, 11: 1, 12: -1 };
  const oracle = (a: string, b: string) => {
    const { code } = new Deno.Command("systemd-analyze", {
      args: ["compare-versions", "--", a, b],
      stdout: "null",
      stderr: "null",
    }).outputSync();
    return signs[code];
  };
  for (const versions of OLDEST_FIRST) {
    for (const a of versions) {
      for (const b of versions) {
        assert.equal(Math.sign(compareVersions(a, b)), oracle(a, b), `${a} and ${b}`);
      }
    }
  }
  const part = fc.constantFrom("0", "1", "01", "9", "10", "a", "b", "Z", "rc", ...".-~^_+");
  const version = fc.array(part, { maxLength: 6 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(version, version, (a, b) => {
      assert.equal(Math.sign(compareVersions(a, b)), oracle(a, b));
    }),
    { numRuns: 300, seed: 1 },
  );
});
