import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { HostFolder } from "../../../lib/boot/mod.ts";
import { guestShape, type GuestShapeFacts } from "../../../lib/launch/shape/guest_shape.ts";

const ID = "0123456789abcdef0123456789abcdef";
const OWN = { "etc/machine-id": `${ID}\n`, "etc/hostname": "own\n", "etc/localtime": "" };
const BOOTC = { "containers.bootc": "1" };
const SYSTEMD = "usr/lib/systemd/systemd";
const POLICY = {
  ...OWN,
  "etc/selinux/config": "SELINUX=enforcing\nSELINUXTYPE=t\n",
  "etc/selinux/t/policy/policy.33": "",
};

type Row = [
  name: string,
  files: Record<string, string>,
  facts: Partial<GuestShapeFacts>,
  kernelArguments: string[],
  configuration: string[],
];

const ROWS: Row[] = [
  ["an image with everything of its own", OWN, {}, [], []],
  ["a bootable container", OWN, { labels: BOOTC }, [], ["read-only=/usr"]],
  ["one that is writable", OWN, { labels: BOOTC, writable: true }, [], []],
  ["one that is read only as a whole", OWN, { labels: BOOTC, readOnly: true }, [], []],
  [
    "systemd, and nothing of its own",
    { [SYSTEMD]: "", "etc/machine-id": "uninitialized\n" },
    { name: "My_dev." },
    ["systemd.firstboot=off", `systemd.machine_id=${ID}`, "systemd.hostname=my-dev"],
    ["time-zone=Europe/Paris"],
  ],
  [
    "another init, and nothing of its own",
    { "etc/machine-id": "" },
    { name: "dev" },
    [],
    [`machine-id=${ID}`, "hostname=dev", "time-zone=Europe/Paris"],
  ],
  [
    "cloud-init",
    { ...OWN, "usr/lib/systemd/system/cloud-init.target": "" },
    {},
    ["cloud-init=disabled"],
    [],
  ],
  [
    "cloud-init with a source of the user's",
    { ...OWN, "usr/lib/systemd/system/cloud-init.target": "" },
    { user: ["ds=nocloud"] },
    [],
    [],
  ],
  ["a policy", POLICY, {}, ["selinux=0"], []],
  ["a policy's configuration alone", { ...OWN, "etc/selinux/config": "" }, {}, ["selinux=0"], []],
  [
    "a policy that is enforced",
    POLICY,
    { selinux: true },
    ["security=selinux", "selinux=1", "enforcing=1"],
    [],
  ],
];

for (const [name, files, facts, kernelArguments, configuration] of ROWS) {
  Deno.test(`guestShape() of ${name}`, async () => {
    const root = await Deno.makeTempDir();
    for (const [path, text] of Object.entries(files)) {
      await Deno.mkdir(join(root, dirname(path)), { recursive: true });
      await Deno.writeTextFile(join(root, path), text);
    }
    const shape = await guestShape(new HostFolder(root), {
      labels: {},
      machineId: ID,
      timeZone: "Europe/Paris",
      ...facts,
    });
    assert.deepEqual(shape.kernelArguments, kernelArguments);
    assert.deepEqual(shape.configuration.map((field) => field.join("=")), configuration);
    await Deno.remove(root, { recursive: true });
  });
}
