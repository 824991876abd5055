import assert from "node:assert/strict";
import {
  checkEntitlement,
  type SignedProgram,
} from "../../../lib/commands/doctor/check_entitlement.ts";
import { SnapvmError } from "../../../lib/error/mod.ts";

Deno.test("checkEntitlement() finds a missing entitlement, and mends it when asked to", async (t) => {
  const lacks = "/opt/deno does not have com.apple.security.virtualization";
  const copied = `${lacks}, its signed copy has: /home/copy`;
  const missing = () => Promise.resolve(false);
  const failing = () =>
    Promise.reject(
      new SnapvmError("entitlement-missing", "Cannot sign", {
        data: { program: "/opt/deno", reason: "unsignable" },
      }),
    );
  const rows: {
    name: string;
    program: Partial<SignedProgram>;
    fix: boolean;
    expected: Record<string, string>;
  }[] = [
    {
      name: "there",
      program: { isEntitled: () => Promise.resolve(true), makeCopy: failing },
      fix: true,
      expected: { state: "ok", finding: "/opt/deno has com.apple.security.virtualization" },
    },
    {
      name: "missing",
      program: { isEntitled: missing, makeCopy: failing },
      fix: false,
      expected: {
        state: "note",
        finding: lacks,
        advice:
          "The first snapvm run makes a signed copy by itself; snapvm doctor --fix makes it now.",
      },
    },
    {
      name: "missing, with a copy",
      program: {
        isEntitled: missing,
        findCopy: () => Promise.resolve("/home/copy"),
        makeCopy: failing,
      },
      fix: true,
      expected: { state: "ok", finding: copied },
    },
    {
      name: "mended",
      program: { isEntitled: missing },
      fix: true,
      expected: { state: "ok", finding: copied },
    },
    {
      name: "not to be mended",
      program: { isEntitled: missing, makeCopy: failing },
      fix: true,
      expected: {
        state: "missing",
        finding: "Cannot sign",
        advice: "Install Apple's Command Line Tools (xcode-select --install) and try again, " +
          "or run with --backend qemu.",
      },
    },
  ];
  for (const { name, program, fix, expected } of rows) {
    await t.step(name, async () => {
      const found = await checkEntitlement({
        executable: "/opt/deno",
        isEntitled: () => Promise.resolve(undefined),
        findCopy: () => Promise.resolve(undefined),
        makeCopy: () => Promise.resolve("/home/copy"),
        ...program,
      }, fix);
      assert.deepEqual(found, { check: "entitlement", ...expected });
    });
  }
});
