import assert from "node:assert/strict";
import { type BackendChoice, chooseBackendOn, type System } from "../../lib/launch/backend.ts";

Deno.test("chooseBackend() takes what was asked for, or what is usual on the system", async (t) => {
  const linux: System = { os: "linux", environment: { HOME: "/root" } };
  const tested: System = {
    os: "linux",
    environment: { HOME: "/root", SNAPVM_VZ_LIBRARY: "/tests/double.so" },
  };
  const mac: System = { os: "darwin", environment: { HOME: "/Users/me" } };
  const rows: {
    name: string;
    choice: BackendChoice;
    system: System;
    backend: string;
    console: string;
  }[] = [
    { name: "Linux", choice: {}, system: linux, backend: "qemu", console: "ttyAMA0" },
    { name: "Linux, tested", choice: {}, system: tested, backend: "qemu", console: "ttyAMA0" },
    {
      name: "Linux, vz, tested",
      choice: { name: "vz" },
      system: tested,
      backend: "vz",
      console: "hvc0",
    },
    { name: "a Mac", choice: {}, system: mac, backend: "vz", console: "hvc0" },
    {
      name: "a Mac, qemu",
      choice: { name: "qemu" },
      system: mac,
      backend: "qemu",
      console: "ttyAMA0",
    },
    {
      name: "a Mac, with an acceleration",
      choice: { acceleration: "hvf" },
      system: mac,
      backend: "qemu",
      console: "ttyAMA0",
    },
  ];
  for (const { name, choice, system, backend, console } of rows) {
    await t.step(name, () => {
      const chosen = chooseBackendOn(system, choice);
      assert.equal(chosen.name, backend);
      assert.equal(chosen.consoleDevice("aarch64"), console);
    });
  }
  await t.step("vz on a system without it", () => {
    assert.throws(
      () => chooseBackendOn(linux, { name: "vz" }),
      { code: "backend-unavailable", message: /part of macOS/ },
    );
  });
  await t.step("vz with an acceleration of QEMU", () => {
    assert.throws(
      () => chooseBackendOn(mac, { name: "vz", acceleration: "tcg" }),
      { code: "acceleration-not-for-backend" },
    );
  });
});
