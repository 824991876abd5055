import assert from "node:assert/strict";
import { type Environment, HomeUnknown, snapvmHome } from "../../lib/store/mod.ts";

Deno.test("snapvmHome() is where the environment or the system's habit puts it", () => {
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

Deno.test("snapvmHome() counts a relative path from the folder that it is told", () => {
  assert.equal(snapvmHome({ SNAPVM_HOME: "../x" }, "linux", "/a/b"), "/a/x");
});

Deno.test("snapvmHome() says what to set where the environment says nothing", () => {
  for (const os of ["linux", "darwin"] as const) {
    assert.throws(() => snapvmHome({ HOME: "" }, os), (error) => {
      assert(error instanceof HomeUnknown);
      assert.match(error.advice, /SNAPVM_HOME/);
      return true;
    });
  }
});
