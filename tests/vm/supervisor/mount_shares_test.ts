import assert from "node:assert/strict";
import type { GuestMount } from "../../../lib/vm/supervisor/guest_mount.ts";
import { mountShares, unmountShares } from "../../../lib/vm/supervisor/mount_shares.ts";

const MOUNTS: readonly GuestMount[] = [
  { tag: "a", path: "/data", readOnly: false },
  { tag: "b", path: "/data/inner", readOnly: true },
];

Deno.test("mountShares() mounts outer folders first, as the hypervisor serves them", async () => {
  const asked: unknown[] = [];
  await mountShares(MOUNTS, new Map([["a", "virtiofs"], ["b", "9p"]]), {
    mount: async (share) => {
      asked.push(["begins", share.path]);
      await new Promise((resolve) => setTimeout(resolve, 1));
      asked.push(share);
    },
  });
  assert.deepEqual(asked, [
    ["begins", "/data"],
    { tag: "a", path: "/data", readOnly: false, type: "virtiofs" },
    ["begins", "/data/inner"],
    { tag: "b", path: "/data/inner", readOnly: true, type: "9p" },
  ]);
});

Deno.test("mountShares() says what the guest cannot mount", async () => {
  const failing = { mount: () => Promise.reject(new Error("there is no driver")) };
  await assert.rejects(mountShares(MOUNTS, new Map([["a", "9p"]]), failing), {
    code: "share-not-mounted",
    message: "Cannot mount the share at /data in the guest by 9p: there is no driver",
    data: { path: "/data", type: "9p" },
  });
});

Deno.test("unmountShares() begins with the inner folders, and goes on if one cannot be", async () => {
  const asked: string[] = [];
  await unmountShares(MOUNTS, {
    unmount: (path) => {
      asked.push(path);
      return Promise.reject(new Error("it is in use"));
    },
  });
  assert.deepEqual(asked, ["/data/inner", "/data"]);
});
