import assert from "node:assert/strict";
import { parseReference } from "../../../../lib/oci/mod.ts";
import { findEndpoints } from "../../../../lib/oci/registry/settings/find_endpoints.ts";

const DIGEST = `@sha256:${"0".repeat(64)}`;

interface Row {
  readonly name: string;
  /** Files by their path; `etc` and `home/.config` are the folders that count. */
  readonly files: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly plainHttp?: boolean;
  readonly reference: string;
  /** The places as `scheme registry/path`. */
  readonly found: readonly string[];
}

const SYSTEM = "etc/containers/registries.conf";
const USER = "home/.config/containers/registries.conf";

/** Mirrors for some references only. */
const MIRRORS = `
  [[registry]]
  location = "r.example"
  [[registry.mirror]]
  location = "all.example"
  [[registry.mirror]]
  location = "digests.example"
  pull-from-mirror = "digest-only"
  [[registry.mirror]]
  location = "tags.example"
  pull-from-mirror = "tag-only"`;

const ROWS: readonly Row[] = [
  { name: "no files", files: {}, reference: "r.example/a:1", found: ["https r.example/a"] },
  {
    name: "no files, and plain HTTP",
    files: {},
    plainHttp: true,
    reference: "127.0.0.1:5000/a:1",
    found: ["http 127.0.0.1:5000/a"],
  },
  {
    name: "loopback is no exception",
    files: {},
    reference: "localhost:5000/a:1",
    found: ["https localhost:5000/a"],
  },
  {
    name: "a registry that need not be encrypted",
    files: { [SYSTEM]: `[[registry]]\nlocation = "r.example"\ninsecure = true` },
    reference: "r.example/a:1",
    found: ["any r.example/a"],
  },
  {
    name: "a part of a name is no prefix",
    files: { [SYSTEM]: `[[registry]]\nprefix = "r.example/a"\nlocation = "s.example"` },
    reference: "r.example/ab:1",
    found: ["https r.example/ab"],
  },
  {
    name: "the longest prefix counts, and another place stands for it",
    files: {
      [SYSTEM]: `
        [[registry]]
        prefix = "r.example/a/b"
        location = "s.example:5000/c"
        [[registry]]
        prefix = "r.example/a"
        location = "t.example"
        [[registry]]
        location = "r.example"
        insecure = true`,
    },
    reference: "r.example/a/b/image:1",
    found: ["https s.example:5000/c/image"],
  },
  {
    name: "a repository alone",
    files: { [SYSTEM]: `[[registry]]\nprefix = "r.example/a"\nlocation = "s.example/b"` },
    reference: "r.example/a:1",
    found: ["https s.example/b"],
  },
  {
    name: "all hosts of a domain",
    files: {
      [SYSTEM]: `[[registry]]\nprefix = "*.r.example"\n[[registry.mirror]]\nlocation = "m.example"`,
    },
    reference: "x.r.example/a:1",
    found: ["https m.example/a", "https x.r.example/a"],
  },
  {
    name: "mirrors in their order, then the registry",
    files: {
      [SYSTEM]: `
        [[registry]]
        location = "docker.io"
        [[registry.mirror]]
        location = "m.example:5000/hub"
        insecure = true
        [[registry.mirror]]
        location = "n.example"`,
    },
    reference: "docker.io/library/alpine:3",
    found: [
      "any m.example:5000/hub/library/alpine",
      "https n.example/library/alpine",
      "https docker.io/library/alpine",
    ],
  },
  {
    name: "plain HTTP is for the registry, not for its mirrors",
    files: {
      [SYSTEM]: `[[registry]]\nlocation = "r.example"\n[[registry.mirror]]\nlocation = "m.example"`,
    },
    plainHttp: true,
    reference: "r.example/a:1",
    found: ["https m.example/a", "http r.example/a"],
  },
  {
    name: "mirrors for a tag",
    files: { [SYSTEM]: MIRRORS },
    reference: "r.example/a:1",
    found: ["https all.example/a", "https tags.example/a", "https r.example/a"],
  },
  {
    name: "mirrors for a digest",
    files: { [SYSTEM]: MIRRORS },
    reference: `r.example/a${DIGEST}`,
    found: ["https all.example/a", "https digests.example/a", "https r.example/a"],
  },
  {
    name: "mirrors for digests alone",
    files: {
      [SYSTEM]: `[[registry]]\nlocation = "r.example"\nmirror-by-digest-only = true\n` +
        `[[registry.mirror]]\nlocation = "m.example"`,
    },
    reference: "r.example/a:1",
    found: ["https r.example/a"],
  },
  {
    name: "the user's file counts instead of the system's",
    files: {
      [SYSTEM]: `[[registry]]\nlocation = "r.example"\ninsecure = true`,
      [USER]: `[[registry]]\nlocation = "other.example"`,
    },
    reference: "r.example/a:1",
    found: ["https r.example/a"],
  },
  {
    name: "a named file counts instead of both",
    files: {
      [SYSTEM]: `[[registry]]\nlocation = "r.example"\ninsecure = true`,
      "mine.conf": `[[registry]]\nprefix = "r.example"\nlocation = "s.example"`,
    },
    env: { CONTAINERS_REGISTRIES_CONF: "/FOLDER/mine.conf" },
    reference: "r.example/a:1",
    found: ["https s.example/a"],
  },
  {
    name: "drop-ins count before the file, later ones before earlier ones, the user's last",
    files: {
      [SYSTEM]: `[[registry]]\nprefix = "r.example"\nlocation = "0.example"`,
      [`${SYSTEM}.d/20.conf`]: `[[registry]]\nprefix = "r.example"\nlocation = "2.example"`,
      [`${SYSTEM}.d/10.conf`]: `[[registry]]\nprefix = "r.example"\nlocation = "1.example"`,
      [`${SYSTEM}.d/30.txt`]: `not TOML`,
      [`${USER}.d/00.conf`]: `[[registry]]\nprefix = "s.example"\nlocation = "3.example"`,
    },
    reference: "r.example/a:1",
    found: ["https 2.example/a"],
  },
  {
    name: "files of comments and short names are not read",
    files: { [SYSTEM]: `# [[registry]]\n[aliases]\n"alpine" = "docker.io/library/alpine" ,,` },
    reference: "r.example/a:1",
    found: ["https r.example/a"],
  },
];

Deno.test("findEndpoints() finds mirrors where registries.conf names them", async (t) => {
  for (const row of ROWS) {
    await t.step(row.name, async () => assert.deepEqual(await find(row), row.found));
  }
});

Deno.test("findEndpoints() refuses what a file forbids, and files without sense", async (t) => {
  const registry = (lines: string) => `[[registry]]\nlocation = "r.example"\n${lines}`;
  const rows: { name: string; text: string; code?: string; message: RegExp }[] = [
    {
      name: "a blocked registry",
      text: registry("blocked = true"),
      code: "registry-blocked",
      message: /^Cannot pull r\.example\/a: \/.*registries\.conf blocks it$/,
    },
    {
      name: "no TOML",
      text: `[[registry]]\nlocation = `,
      message: /registries\.conf: Invalid TOML/,
    },
    { name: "no location", text: `[[registry]]\nprefix = "a"`, message: /"a" has no location$/ },
    { name: "nothing", text: `[[registry]]`, message: /neither a prefix nor a location$/ },
    { name: "no table", text: `registry = 7`, message: /registry is not an array of tables$/ },
    { name: "a number", text: `[[registry]]\nlocation = 7`, message: /location is not a string$/ },
    {
      name: "a word for a truth",
      text: registry(`insecure = "no"`),
      message: /insecure is neither true nor false$/,
    },
    {
      name: "an unknown word",
      text: registry(`[[registry.mirror]]\nlocation = "m"\npull-from-mirror = "x"`),
      message: /pull-from-mirror is "x"$/,
    },
    ...["https://m.example", "m.example/../x", "m.example?x=", "me@m.example", "m.example/A"].map(
      (place) => ({
        name: `the location ${place}`,
        text: `[[registry]]\nprefix = "r.example"\nlocation = "${place}"`,
        message: /is not the location of a registry$/,
      }),
    ),
  ];
  for (const { name, text, code = "registry-settings", message } of rows) {
    await t.step(name, async () => {
      const files = { [SYSTEM]: text };
      await assert.rejects(find({ name, files, reference: "r.example/a:1", found: [] }), {
        code,
        message,
      });
    });
  }
});

async function find({ files, env = {}, plainHttp = false, reference }: Row): Promise<string[]> {
  const folder = await Deno.makeTempDir({ prefix: "snapvm-endpoints-" });
  try {
    for (const [path, text] of Object.entries(files)) {
      await Deno.mkdir(`${folder}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeTextFile(`${folder}/${path}`, text);
    }
    const endpoints = await findEndpoints(parseReference(reference), {
      folders: {
        etc: `${folder}/etc`,
        env: {
          HOME: `${folder}/home`,
          ...Object.fromEntries(
            Object.entries(env).map(([name, value]) => [name, value.replace("/FOLDER", folder)]),
          ),
        },
      },
      plainHttp,
    });
    return endpoints.map(({ scheme, registry, path }) => `${scheme} ${registry}/${path}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
