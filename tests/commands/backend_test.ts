import assert from "node:assert/strict";
import {
  type BackendOptions,
  type BackendSystem,
  chooseBackend,
} from "../../lib/commands/backend.ts";
import { CommandFailure } from "../../lib/ui/mod.ts";

Deno.test("chooseBackend() takes what was asked for, or what is usual on the system", async (t) => {
  const linux: BackendSystem = { os: "linux", environment: { HOME: "/root" } };
  const tested: BackendSystem = {
    os: "linux",
    environment: { HOME: "/root", SNAPVM_VZ_LIBRARY: "/tests/double.so" },
  };
  const mac: BackendSystem = { os: "darwin", environment: { HOME: "/Users/me" } };
  const rows: {
    name: string;
    options: BackendOptions;
    system: BackendSystem;
    backend: string;
    console: string;
  }[] = [
    { name: "Linux", options: {}, system: linux, backend: "qemu", console: "ttyAMA0" },
    { name: "Linux, tested", options: {}, system: tested, backend: "qemu", console: "ttyAMA0" },
    {
      name: "Linux, vz, tested",
      options: { backend: "vz" },
      system: tested,
      backend: "vz",
      console: "hvc0",
    },
    { name: "a Mac", options: {}, system: mac, backend: "vz", console: "hvc0" },
    {
      name: "a Mac, qemu",
      options: { backend: "qemu" },
      system: mac,
      backend: "qemu",
      console: "ttyAMA0",
    },
    {
      name: "a Mac, with an acceleration",
      options: { accel: "hvf" },
      system: mac,
      backend: "qemu",
      console: "ttyAMA0",
    },
  ];
  for (const { name, options, system, backend, console } of rows) {
    await t.step(name, () => {
      const chosen = chooseBackend(options, system);
      assert.equal(chosen.name, backend);
      assert.equal(chosen.consoleDevice("aarch64"), console);
    });
  }
  await t.step("vz where there is none", () => {
    assert.throws(
      () => chooseBackend({ backend: "vz" }, linux),
      (error) =>
        error instanceof CommandFailure && error.status === 2 &&
        /part of macOS/.test(error.message),
    );
  });
  await t.step("vz with an acceleration of QEMU", () => {
    assert.throws(
      () => chooseBackend({ backend: "vz", accel: "tcg" }, mac),
      (error) => error instanceof CommandFailure && error.status === 2,
    );
  });
});
