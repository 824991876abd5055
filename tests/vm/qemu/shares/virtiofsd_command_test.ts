import assert from "node:assert/strict";
import type { ShareSpecification } from "../../../../lib/vm/mod.ts";
import type { Virtiofsd } from "../../../../lib/vm/qemu/shares/virtiofsd.ts";
import { virtiofsdCommand } from "../../../../lib/vm/qemu/shares/virtiofsd_command.ts";

const C: Virtiofsd = {
  program: "/v",
  generation: "c",
  hasReadOnly: false,
  sandbox: "namespace",
  user: { uid: 0, gid: 0 },
  unshare: "/unshare",
};
const RUST: Virtiofsd = { ...C, generation: "rust", hasReadOnly: true };
const SHARE: ShareSpecification = { source: "/a, b\\c:d", tag: "share0", readOnly: false };
const READ_ONLY: ShareSpecification = { ...SHARE, readOnly: true };

Deno.test("virtiofsdCommand() of the server that came with QEMU 7", () => {
  assert.deepEqual(virtiofsdCommand(C, SHARE, "/s"), [
    ...["/v", "-f", "--socket-path=/s"],
    ...["-o", "source=/a\\, b\\\\c:d", "-o", "sandbox=namespace", "-o", "log_level=err"],
  ]);
});

Deno.test("virtiofsdCommand() makes a folder read only for a server that cannot", () => {
  const command = virtiofsdCommand(C, READ_ONLY, "/s");
  assert.deepEqual(command?.slice(0, 7), [
    ...["/unshare", "--mount", "--propagation", "private", "--", "sh", "-ec"],
  ]);
  assert.deepEqual(command?.slice(8, 11), ["sh", "/a, b\\c:d", "/v"]);
  const old: Virtiofsd = { ...RUST, hasReadOnly: false };
  assert.equal(virtiofsdCommand(old, READ_ONLY, "/s")?.[0], "/unshare");
  assert.equal(virtiofsdCommand({ ...old, unshare: undefined }, READ_ONLY, "/s"), undefined);
  assert.equal(virtiofsdCommand({ ...C, unshare: undefined }, READ_ONLY, "/s"), undefined);
});

Deno.test("virtiofsdCommand() of the server of its own", () => {
  assert.deepEqual(virtiofsdCommand({ ...RUST, sandbox: "chroot" }, READ_ONLY, "/s"), [
    ...["/v", "--socket-path=/s", "--shared-dir=/a, b\\c:d", "--sandbox=chroot"],
    ...["--log-level=error", "--readonly"],
  ]);
  const user = { uid: 1000, gid: 100 };
  assert.deepEqual(virtiofsdCommand({ ...RUST, user, unshare: undefined }, SHARE, "/s"), [
    ...["/v", "--socket-path=/s", "--shared-dir=/a, b\\c:d", "--sandbox=namespace"],
    ...["--log-level=error", "--uid-map=:0:1000:1:", "--gid-map=:0:100:1:"],
  ]);
});
