import assert from "node:assert/strict";
import { type Discovery, findKernels, HostFolder, type Kernel } from "../../../lib/boot/mod.ts";
import { withFolder } from "../support/programs.ts";
import { plant, type Tree } from "../support/trees.ts";
import { uki } from "../support/ukis.ts";

const FEDORA = "6.12.0-100.fc41.x86_64";
const OLDER = "6.11.0-50.fc41.x86_64";
const UNNAMED_UKI = await uki([[".linux", "kernel"]]);
const NAMED_UKI = await uki([[".uname", "6.14.0-1"], [".linux", "kernel"]]);

async function discover(tree: Tree): Promise<Discovery> {
  return await withFolder(async (folder) => {
    await plant(folder, tree);
    return await findKernels(new HostFolder(folder));
  });
}

function inModules(version: string, base = "/usr/lib/modules"): Kernel {
  const modules = `${base}/${version}`;
  return {
    kind: "modules",
    version,
    path: `${modules}/vmlinuz`,
    initramfs: `${modules}/initramfs.img`,
    modules,
  };
}

function modulesTree(version: string, base = "usr/lib/modules"): Tree {
  return { [`${base}/${version}/vmlinuz`]: "k", [`${base}/${version}/initramfs.img`]: "i" };
}

/** Trees and the kernels in them. The first nine are from bcvk's kernel.rs. */
const FOUND: readonly { name: string; tree: Tree; kernels: readonly Kernel[] }[] = [
  { name: "no kernel", tree: {}, kernels: [] },
  { name: "a kernel beside its modules", tree: modulesTree(FEDORA), kernels: [inModules(FEDORA)] },
  {
    name: "a UKI in the EFI folder",
    tree: { "boot/EFI/Linux/fedora-6.12.0.efi": UNNAMED_UKI },
    kernels: [{ kind: "uki", version: "fedora-6.12.0", path: "/boot/EFI/Linux/fedora-6.12.0.efi" }],
  },
  {
    name: "a UKI beside its modules",
    tree: { [`usr/lib/modules/${FEDORA}/${FEDORA}.efi`]: UNNAMED_UKI },
    kernels: [{
      kind: "uki",
      version: FEDORA,
      path: `/usr/lib/modules/${FEDORA}/${FEDORA}.efi`,
      modules: `/usr/lib/modules/${FEDORA}`,
    }],
  },
  {
    name: "a UKI before a kernel beside its modules",
    tree: { ...modulesTree(FEDORA), "boot/EFI/Linux/aaa.efi": UNNAMED_UKI },
    kernels: [
      { kind: "uki", version: "aaa", path: "/boot/EFI/Linux/aaa.efi" },
      inModules(FEDORA),
    ],
  },
  {
    name: "a UKI before the kernel in the same folder",
    tree: { ...modulesTree(FEDORA), [`usr/lib/modules/${FEDORA}/${FEDORA}.efi`]: UNNAMED_UKI },
    kernels: [
      {
        kind: "uki",
        version: FEDORA,
        path: `/usr/lib/modules/${FEDORA}/${FEDORA}.efi`,
        modules: `/usr/lib/modules/${FEDORA}`,
      },
      inModules(FEDORA),
    ],
  },
  {
    name: "several UKIs in the EFI folder",
    tree: {
      "boot/EFI/Linux/os-9.efi": UNNAMED_UKI,
      "boot/EFI/Linux/os-10.efi": UNNAMED_UKI,
      "boot/EFI/Linux/bootc/os-8.efi": UNNAMED_UKI,
    },
    kernels: [
      { kind: "uki", version: "os-10", path: "/boot/EFI/Linux/os-10.efi" },
      { kind: "uki", version: "os-9", path: "/boot/EFI/Linux/os-9.efi" },
      { kind: "uki", version: "os-8", path: "/boot/EFI/Linux/bootc/os-8.efi" },
    ],
  },
  {
    name: "several kernels beside their modules",
    tree: { ...modulesTree(OLDER), ...modulesTree(FEDORA) },
    kernels: [inModules(FEDORA), inModules(OLDER)],
  },
  {
    name: "several UKIs beside their modules",
    tree: {
      [`usr/lib/modules/${OLDER}/a.efi`]: UNNAMED_UKI,
      [`usr/lib/modules/${FEDORA}/a.efi`]: UNNAMED_UKI,
    },
    kernels: [FEDORA, OLDER].map((version) => ({
      kind: "uki",
      version,
      path: `/usr/lib/modules/${version}/a.efi`,
      modules: `/usr/lib/modules/${version}`,
    })),
  },
  {
    name: "the version that a UKI says itself, and no boot counter",
    tree: {
      "boot/efi/EFI/LINUX/one.EFI": NAMED_UKI,
      "boot/efi/linux/two+3-1.efi": UNNAMED_UKI,
      "usr/lib/modules/6.14.0-1/modules.dep": "",
    },
    kernels: [
      {
        kind: "uki",
        version: "6.14.0-1",
        path: "/boot/efi/EFI/LINUX/one.EFI",
        modules: "/usr/lib/modules/6.14.0-1",
      },
      { kind: "uki", version: "two", path: "/boot/efi/linux/two+3-1.efi" },
    ],
  },
  {
    name: "the first path of two UKIs with one version",
    tree: { "boot/EFI/Linux/b.efi": NAMED_UKI, "boot/EFI/Linux/a.efi": NAMED_UKI },
    kernels: ["a", "b"].map((name) => ({
      kind: "uki",
      version: "6.14.0-1",
      path: `/boot/EFI/Linux/${name}.efi`,
    })),
  },
  {
    name: "Debian",
    tree: {
      "boot/vmlinuz-6.1.0-9-amd64": "k",
      "boot/initrd.img-6.1.0-9-amd64": "i",
      "boot/vmlinuz-6.1.0-56-amd64": "k",
      "boot/initrd.img-6.1.0-56-amd64": "i",
      "boot/config-6.1.0-56-amd64": "c",
      "usr/lib/modules/6.1.0-56-amd64/modules.dep": "",
      "vmlinuz": { link: "boot/vmlinuz-6.1.0-56-amd64" },
    },
    kernels: [
      {
        kind: "boot",
        version: "6.1.0-56-amd64",
        path: "/boot/vmlinuz-6.1.0-56-amd64",
        initramfs: "/boot/initrd.img-6.1.0-56-amd64",
        modules: "/usr/lib/modules/6.1.0-56-amd64",
      },
      {
        kind: "boot",
        version: "6.1.0-9-amd64",
        path: "/boot/vmlinuz-6.1.0-9-amd64",
        initramfs: "/boot/initrd.img-6.1.0-9-amd64",
      },
    ],
  },
  {
    name: "Fedora, with the kernel in both places and its initramfs in /boot",
    tree: {
      [`usr/lib/modules/${FEDORA}/vmlinuz`]: "k",
      [`boot/vmlinuz-${FEDORA}`]: "k",
      [`boot/initramfs-${FEDORA}.img`]: "i",
      [`boot/initramfs-${FEDORA}kdump.img`]: "i",
    },
    kernels: [
      { ...inModules(FEDORA), initramfs: `/boot/initramfs-${FEDORA}.img` },
      {
        kind: "boot",
        version: FEDORA,
        path: `/boot/vmlinuz-${FEDORA}`,
        initramfs: `/boot/initramfs-${FEDORA}.img`,
        modules: `/usr/lib/modules/${FEDORA}`,
      },
    ],
  },
  {
    name: "Alpine, whose /lib is a folder of its own",
    tree: {
      "boot/vmlinuz-lts": "k",
      "boot/initramfs-lts": "i",
      "lib/modules/6.6.31-0-lts/modules.dep": "",
    },
    kernels: [{
      kind: "boot",
      version: "6.6.31-0-lts",
      path: "/boot/vmlinuz-lts",
      initramfs: "/boot/initramfs-lts",
      modules: "/lib/modules/6.6.31-0-lts",
    }],
  },
  {
    name: "Arch Linux",
    tree: {
      "usr/lib/modules/6.9.1-arch1-1/vmlinuz": "k",
      "usr/lib/modules/6.9.1-arch1-1/pkgbase": "linux\n",
      "boot/vmlinuz-linux": "k",
      "boot/initramfs-linux.img": "i",
      "boot/initramfs-linux-fallback.img": "i",
    },
    kernels: [
      { ...inModules("6.9.1-arch1-1"), initramfs: "/boot/initramfs-linux.img" },
      {
        kind: "boot",
        version: "6.9.1-arch1-1",
        path: "/boot/vmlinuz-linux",
        initramfs: "/boot/initramfs-linux.img",
        modules: "/usr/lib/modules/6.9.1-arch1-1",
      },
    ],
  },
  {
    name: "openSUSE for arm64",
    tree: { "boot/Image-6.4.0-1-default": "k", "boot/initrd-6.4.0-1-default": "i" },
    kernels: [{
      kind: "boot",
      version: "6.4.0-1-default",
      path: "/boot/Image-6.4.0-1-default",
      initramfs: "/boot/initrd-6.4.0-1-default",
    }],
  },
  {
    name: "no kernel if its name is a folder or a dangling link",
    tree: {
      "boot/vmlinuz-6.1/file": "",
      "boot/vmlinuz-6.2": { link: "nowhere" },
      "boot/EFI/Linux/a.efi/b.addon.efi": UNNAMED_UKI,
      "usr/lib/modules/6.3/vmlinuz": { link: "/nowhere" },
      "usr/lib/modules/file": "",
    },
    kernels: [],
  },
  {
    name: "links, absolute and upwards, within the image",
    tree: {
      ...modulesTree(FEDORA, "usr/lib/kernels"),
      "lib": { link: "usr/lib" },
      "usr/lib/modules": { link: "/lib/kernels" },
      "boot/EFI": { link: "../../../../efi" },
      "efi/Linux/a.efi": UNNAMED_UKI,
    },
    kernels: [{ kind: "uki", version: "a", path: "/boot/EFI/Linux/a.efi" }, inModules(FEDORA)],
  },
];

for (const { name, tree, kernels } of FOUND) {
  Deno.test(`findKernels() finds ${name}`, async () => {
    assert.deepEqual(await discover(tree), { kernels, problems: [] });
  });
}

/** Trees and the problems in them. */
const PROBLEMS: readonly { name: string; tree: Tree; problem: RegExp }[] = [
  {
    name: "a kernel beside its modules without an initramfs",
    tree: { "usr/lib/modules/6.1/vmlinuz": "k" },
    problem: /^no-initramfs \/usr\/lib\/modules\/6\.1\/vmlinuz has no initramfs: none of initramfs/,
  },
  {
    name: "a kernel in /boot without an initramfs",
    tree: { "boot/vmlinuz-6.1": "k" },
    problem: /^no-initramfs \/boot\/vmlinuz-6\.1 has no initramfs: none of initrd\.img-6\.1, /,
  },
  {
    name: "an initramfs beside modules without a kernel",
    tree: { "usr/lib/modules/6.1/initramfs.img": "i" },
    problem: /^no-kernel \/usr\/lib\/modules\/6\.1\/initramfs\.img has no kernel \(vmlinuz\)/,
  },
  {
    name: "an initramfs in /boot without a kernel",
    tree: { "boot/initrd.img-6.1": "i" },
    problem: /^no-kernel \/boot\/initrd\.img-6\.1 has no kernel \(vmlinuz-6\.1\)$/,
  },
  {
    name: "a UKI that is none",
    tree: { "boot/EFI/Linux/a.efi": "not a UKI" },
    problem: /^unreadable \/boot\/EFI\/Linux\/a\.efi cannot be read: .* does not begin with MZ$/,
  },
  {
    name: "an EFI program without a kernel",
    tree: { "boot/EFI/Linux/a.efi": await uki([[".osrel", "ID=x"]]) },
    problem: /^unreadable \/boot\/EFI\/Linux\/a\.efi cannot be read: .* no section \.linux$/,
  },
  {
    name: "links that go round",
    tree: { "boot": { link: "usr" }, "usr": { link: "boot" } },
    problem: /^unreadable \/usr\/lib\/modules cannot be read: .* more than 40 links$/,
  },
];

for (const { name, tree, problem } of PROBLEMS) {
  Deno.test(`findKernels() reports ${name}`, async () => {
    const { kernels, problems } = await discover(tree);
    assert.deepEqual(kernels, []);
    const [first] = problems;
    assert.match(`${first?.kind} ${first?.path} ${first?.message}`, problem);
  });
}

Deno.test("findKernels() gives up on a folder of endlessly many kernels", async () => {
  const names = Array.from({ length: 5000 }, (_, i) => [`boot/vmlinuz-${i}`, "k"] as const);
  const { kernels, problems } = await discover(Object.fromEntries(names));
  assert.deepEqual(kernels, []);
  assert.ok(problems.some(({ message }) => message === "has too many names; some were left out"));
});
