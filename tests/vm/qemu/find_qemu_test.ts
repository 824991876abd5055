import assert from "node:assert/strict";
import { findQemu, type QemuSearch } from "../../../lib/vm/qemu/find_qemu.ts";

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

Deno.test("findQemu() says what it looked for if there is none", async (t) => {
  for (const guest of ["x86_64", "aarch64"] as const) {
    await t.step(guest, async () => {
      await assert.rejects(findQemu(guest, search([])), {
        code: "hypervisor-not-found",
        message: `Cannot find qemu-system-${guest}: it is not in PATH`,
        data: { architecture: guest },
      });
    });
  }
  await t.step("Red Hat's runs no other architecture", async () => {
    await assert.rejects(findQemu("aarch64", search(["/usr/libexec/qemu-kvm"])), {
      code: "hypervisor-not-found",
    });
  });
  await t.step("a wrong $QEMU_BIN", async () => {
    const wrong = search(["/usr/bin/qemu-system-x86_64"], { qemuBin: "/no/such" });
    await assert.rejects(findQemu("x86_64", wrong), {
      code: "hypervisor-not-found",
      message: "Cannot find QEMU at /no/such: there is no such program",
      data: { architecture: "x86_64", qemuBin: "/no/such" },
    });
  });
});
