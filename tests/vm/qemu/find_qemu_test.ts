import assert from "node:assert/strict";
import { findQemu, HypervisorNotFound, type QemuSearch } from "../../../lib/vm/mod.ts";

function search(programs: readonly string[], facts: Partial<QemuSearch> = {}): QemuSearch {
  return {
    qemuBin: undefined,
    path: "/usr/bin:/opt/homebrew/bin",
    hostArchitecture: "x86_64",
    isProgram: (path) => Promise.resolve(programs.includes(path)),
    ...facts,
  };
}

Deno.test("findQemu() looks at $QEMU_BIN, PATH and Red Hat's folder, in this order", async (t) => {
  const everywhere = [
    "/usr/bin/qemu-system-x86_64",
    "/usr/libexec/qemu-kvm",
    "/opt/qemu/custom",
    "/opt/qemu/qemu-system-aarch64",
    "/opt/homebrew/bin/qemu-system-aarch64",
  ];
  const rows = [
    {
      name: "the first of PATH",
      guest: "x86_64",
      search: search(everywhere),
      expected: "/usr/bin/qemu-system-x86_64",
    },
    {
      name: "another architecture",
      guest: "aarch64",
      search: search(everywhere),
      expected: "/opt/homebrew/bin/qemu-system-aarch64",
    },
    {
      name: "$QEMU_BIN for the host's architecture",
      guest: "x86_64",
      search: search(everywhere, { qemuBin: "/opt/qemu/custom" }),
      expected: "/opt/qemu/custom",
    },
    {
      name: "$QEMU_BIN of the host's architecture does not run other guests",
      guest: "aarch64",
      search: search(everywhere, { qemuBin: "/opt/qemu/custom" }),
      expected: "/opt/homebrew/bin/qemu-system-aarch64",
    },
    {
      name: "$QEMU_BIN for the architecture in its name",
      guest: "aarch64",
      search: search(everywhere, { qemuBin: "/opt/qemu/qemu-system-aarch64" }),
      expected: "/opt/qemu/qemu-system-aarch64",
    },
    {
      name: "$QEMU_BIN with another architecture in its name",
      guest: "x86_64",
      search: search(everywhere, { qemuBin: "/opt/qemu/qemu-system-aarch64" }),
      expected: "/usr/bin/qemu-system-x86_64",
    },
    {
      name: "Red Hat's",
      guest: "x86_64",
      search: search(["/usr/libexec/qemu-kvm"]),
      expected: "/usr/libexec/qemu-kvm",
    },
    {
      name: "an empty or relative part of PATH is not the working directory",
      guest: "x86_64",
      search: search(["qemu-system-x86_64", "bin/qemu-system-x86_64", "/b/qemu-system-x86_64"], {
        path: ":bin:/b",
      }),
      expected: "/b/qemu-system-x86_64",
    },
  ] as const;
  for (const row of rows) {
    await t.step(row.name, async () => {
      assert.equal(await findQemu(row.guest, row.search), row.expected);
    });
  }
});

Deno.test("findQemu() says what to install where there is none", async (t) => {
  const rows = [
    {
      guest: "x86_64",
      debian: "apt-get install --no-install-recommends qemu-system-x86.",
      fedora: "dnf install qemu-system-x86-core.",
    },
    {
      guest: "aarch64",
      debian: "apt-get install --no-install-recommends qemu-system-arm.",
      fedora: "dnf install qemu-system-aarch64-core.",
    },
  ] as const;
  for (const { guest, debian, fedora } of rows) {
    await t.step(guest, async () => {
      await assert.rejects(findQemu(guest, search([])), (error) => {
        assert.ok(error instanceof HypervisorNotFound);
        assert.equal(error.message, `Cannot find qemu-system-${guest}: it is not in PATH`);
        assert.equal(
          error.advice,
          `Install QEMU. Debian and Ubuntu: ${debian} Fedora: ${fedora} macOS: brew install qemu.`,
        );
        return true;
      });
    });
  }
  await t.step("Red Hat's runs no other architecture", async () => {
    await assert.rejects(
      findQemu("aarch64", search(["/usr/libexec/qemu-kvm"])),
      HypervisorNotFound,
    );
  });
  await t.step("a wrong $QEMU_BIN", async () => {
    const wrong = search(["/usr/bin/qemu-system-x86_64"], { qemuBin: "/no/such" });
    await assert.rejects(findQemu("x86_64", wrong), {
      name: "HypervisorNotFound",
      message: "Cannot find QEMU at /no/such: there is no such program",
    });
  });
});
