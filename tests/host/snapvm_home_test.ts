import assert from "node:assert/strict";
import { type Environment, snapvmHome } from "../../lib/host/mod.ts";

Deno.test("snapvmHome() follows the environment, then the system's convention", () => {
  const rows: [env: Environment, os: typeof Deno.build.os, home: string][] = [
    [{ HOME: "/home/u" }, "linux", "/home/u/.local/share/snapvm"],
    [{ HOME: "/home/u", XDG_DATA_HOME: "/data" }, "linux", "/data/snapvm"],
    [{ HOME: "/home/u", XDG_DATA_HOME: "" }, "linux", "/home/u/.local/share/snapvm"],
    [{ HOME: "/home/u", XDG_DATA_HOME: "data" }, "linux", "/home/u/.local/share/snapvm"],
    [{ XDG_DATA_HOME: "/data" }, "linux", "/data/snapvm"],
    [{ HOME: "/Users/u" }, "darwin", "/Users/u/Library/Application Support/snapvm"],
    [
      { HOME: "/Users/u", XDG_DATA_HOME: "/data" },
      "darwin",
      "/Users/u/Library/Application Support/snapvm",
    ],
    [{ SNAPVM_HOME: "/srv/../snapvm/" }, "linux", "/snapvm"],
    [{ SNAPVM_HOME: "", HOME: "/home/u" }, "linux", "/home/u/.local/share/snapvm"],
    [{ SNAPVM_HOME: "x" }, "darwin", `${Deno.cwd()}/x`],
  ];
  for (const [env, os, home] of rows) assert.equal(snapvmHome(env, os), home);
});

Deno.test("snapvmHome() resolves a relative path in the given folder", () => {
  assert.equal(snapvmHome({ SNAPVM_HOME: "../x" }, "linux", "/a/b"), "/a/x");
});

Deno.test("snapvmHome() fails if the environment names no folder", () => {
  for (const os of ["linux", "darwin"] as const) {
    assert.throws(() => snapvmHome({ HOME: "" }, os), {
      code: "home-unknown",
      message: "Cannot find snapvm's own folder: neither SNAPVM_HOME nor HOME is set",
    });
  }
});
