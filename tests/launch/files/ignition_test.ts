import assert from "node:assert/strict";
import { join } from "node:path";
import { appendInitramfs } from "../../../lib/boot/mod.ts";
import { IGNITION_ARGUMENTS } from "../../../lib/launch/files/ignition.ts";
import { machineExtras } from "../../../lib/launch/files/machine_extras.ts";
import { openImage } from "../../../mod.ts";
import { runProgram } from "../../../scripts/images/mod.ts";

const TINY = "./tests/fixtures/tiny.ext4";
const IGNITION = "/usr/lib/dracut/modules.d/30ignition/ignition";

/**
 * Unpacks an initramfs, has Ignition find the configuration in it where it looks for one, and do what that says in
 * another folder. Only this shell sees the configuration there; the empty folder goes again.
 */
const SCRIPT = `
cpio --quiet -i -d <initramfs
mkdir -p /usr/lib/ignition /run/ignition root
trap "umount /usr/lib/ignition; rmdir /usr/lib/ignition" EXIT
mount --bind usr/lib/ignition /usr/lib/ignition
run() {
  ${IGNITION} -log-to-stdout -platform "$1" -stage $2 -root "$PWD/root" -config-cache "$PWD/cache"
}
run "$1" fetch-offline
# The folder has no SELinux policy, which is what it ends with.
run "$1" files || true
`;

Deno.test("Ignition itself finds the configuration in the initramfs, and follows it", async () => {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    const path = join(folder, "config.ign");
    const contents = { source: "data:,from%20the%20host" };
    await Deno.writeTextFile(
      path,
      JSON.stringify({
        ignition: { version: "3.3.0" },
        storage: { files: [{ path: "/etc/made", mode: 0o640, contents }] },
      }),
    );
    using opened = await openImage(TINY);
    const image = { ...opened.image, config: withLabel("coreos.ignition") };
    const extras = await machineExtras({ ...opened, image }, { ignition: path });
    assert.deepEqual(extras.kernelArguments, IGNITION_ARGUMENTS);
    const [, platform] = /^ignition\.platform\.id=(.*)$/.exec(IGNITION_ARGUMENTS[1]!)!;
    const initramfs = join(folder, "initramfs");
    await Deno.writeFile(initramfs, new Uint8Array());
    await appendInitramfs(initramfs, extras.initramfs);
    await runProgram("unshare", [
      ...["--mount", "--propagation", "private", "sh", "-ec", `cd "$0"; ${SCRIPT}`],
      ...[folder, platform!],
    ]);
    assert.equal(await Deno.readTextFile(join(folder, "root/etc/made")), "from the host");
    assert.equal((await Deno.stat(join(folder, "root/etc/made"))).mode! & 0o777, 0o640);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

function withLabel(label: string) {
  return {
    os: "linux",
    architecture: "amd64",
    rootfs: { type: "layers", diff_ids: [] },
    config: { Labels: { [label]: "1" } },
  };
}
