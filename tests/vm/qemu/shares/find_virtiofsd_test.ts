import assert from "node:assert/strict";
import {
  findVirtiofsd,
  virtiofsdHost,
  type VirtiofsdSearch,
} from "../../../../lib/vm/qemu/shares/find_virtiofsd.ts";

const C_HELP = "usage: virtiofsd [options]\n  -o source=PATH  shared directory tree\n";
const RUST_HELP = "Usage: virtiofsd [OPTIONS]\n  --shared-dir <SHARED_DIR>\n";
const NEW_HELP = `${RUST_HELP}  --readonly\n`;

/** A host with these programs: paths, and what they print; `undefined` if they fail. */
function host(
  programs: Readonly<Record<string, string | undefined>>,
  more: Partial<VirtiofsdSearch> = {},
): { search: VirtiofsdSearch; ran: string[] } {
  const ran: string[] = [];
  return {
    ran,
    search: {
      os: "linux",
      user: { uid: 1000, gid: 100 },
      path: "/bin",
      find: (name, path) =>
        Promise.resolve(
          path.split(":").map((folder) => `${folder}/${name}`).find((file) => file in programs),
        ),
      run: (program, args) => {
        ran.push([program, ...args].join(" "));
        return Promise.resolve(programs[program]);
      },
      ...more,
    },
  };
}

const ROOT = { user: { uid: 0, gid: 0 } };

Deno.test("findVirtiofsd() finds it wherever distributions put it", async (t) => {
  for (
    const folder of ["/bin", "/usr/libexec", "/usr/lib/qemu", "/usr/lib", "/usr/local/libexec"]
  ) {
    await t.step(folder, async () => {
      const program = `${folder}/virtiofsd`;
      const found = await findVirtiofsd(
        host({ [program]: NEW_HELP, "/bin/unshare": "" }, ROOT).search,
      );
      assert.deepEqual(found, {
        virtiofsd: {
          program,
          generation: "rust",
          hasReadOnly: true,
          sandbox: "namespace",
          user: { uid: 0, gid: 0 },
          unshare: "/bin/unshare",
        },
      });
    });
  }
});

Deno.test("findVirtiofsd() knows what each generation can do", async (t) => {
  const rows: readonly {
    readonly name: string;
    readonly programs: Readonly<Record<string, string | undefined>>;
    readonly more?: Partial<VirtiofsdSearch>;
    readonly found: object | string;
  }[] = [
    {
      name: "of QEMU 7, for root",
      programs: { "/usr/lib/qemu/virtiofsd": C_HELP, "/bin/unshare": "" },
      more: ROOT,
      found: {
        program: "/usr/lib/qemu/virtiofsd",
        generation: "c",
        hasReadOnly: false,
        sandbox: "namespace",
        user: { uid: 0, gid: 0 },
        unshare: "/bin/unshare",
      },
    },
    {
      name: "of QEMU 7, in a container",
      programs: { "/usr/lib/qemu/virtiofsd": C_HELP, "/bin/unshare": undefined },
      more: ROOT,
      found: {
        program: "/usr/lib/qemu/virtiofsd",
        generation: "c",
        hasReadOnly: false,
        sandbox: "chroot",
        user: { uid: 0, gid: 0 },
        unshare: undefined,
      },
    },
    {
      name: "of QEMU 7, for anybody else",
      programs: { "/usr/lib/qemu/virtiofsd": C_HELP, "/bin/unshare": "" },
      found: "/usr/lib/qemu/virtiofsd runs for root only",
    },
    {
      name: "of its own, older, for anybody",
      programs: { "/usr/libexec/virtiofsd": RUST_HELP, "/bin/unshare": "" },
      found: {
        program: "/usr/libexec/virtiofsd",
        generation: "rust",
        hasReadOnly: false,
        sandbox: "namespace",
        user: { uid: 1000, gid: 100 },
        unshare: undefined,
      },
    },
    {
      name: "of its own, without user namespaces",
      programs: { "/usr/libexec/virtiofsd": NEW_HELP, "/bin/unshare": undefined },
      found: "/usr/libexec/virtiofsd needs user namespaces, which this host does not allow",
    },
    {
      name: "one that does not run",
      programs: { "/usr/libexec/virtiofsd": undefined },
      found: "/usr/libexec/virtiofsd does not run",
    },
    {
      name: "one that was chosen and is not there",
      programs: { "/usr/libexec/virtiofsd": NEW_HELP, "/bin/unshare": "" },
      more: { chosen: "/mine" },
      found: "/mine does not run",
    },
    { name: "none", programs: {}, found: "there is no virtiofsd" },
    {
      name: "a Mac",
      programs: { "/usr/libexec/virtiofsd": NEW_HELP },
      more: { os: "darwin" },
      found: "virtiofsd runs on Linux only",
    },
  ];
  for (const { name, programs, more, found } of rows) {
    await t.step(name, async () => {
      const actual = await findVirtiofsd(host(programs, more).search);
      assert.deepEqual(
        actual,
        typeof found === "string" ? { missing: found } : { virtiofsd: found },
      );
    });
  }
});

Deno.test("findVirtiofsd() tries the namespaces as the server will use them", async () => {
  const programs = { "/bin/virtiofsd": NEW_HELP, "/bin/unshare": "" };
  const user = host(programs);
  await findVirtiofsd(user.search);
  assert.deepEqual(user.ran, [
    "/bin/virtiofsd --help",
    "/bin/unshare -U --map-root-user --mount-proc --pid --net --fork true",
  ]);
  const root = host(programs, ROOT);
  await findVirtiofsd(root.search);
  assert.deepEqual(root.ran, [
    "/bin/virtiofsd --help",
    "/bin/unshare --mount-proc --pid --net --fork true",
  ]);
});

Deno.test("findVirtiofsd() finds the one that the tests have installed", async () => {
  const found = await findVirtiofsd(virtiofsdHost());
  assert("virtiofsd" in found, JSON.stringify(found));
});
