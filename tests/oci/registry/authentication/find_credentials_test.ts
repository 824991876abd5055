import assert from "node:assert/strict";
import { findCredentials } from "../../../../lib/oci/registry/authentication/find_credentials.ts";

const HUB = "https://index.docker.io/v1/";
/** `user:NAME` in base64. */
const user = (name: string) => ({ auth: btoa(`user:${name}`) });

interface Row {
  readonly name: string;
  /** Files by their path below the test's folder; objects are written as JSON. */
  readonly files: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly authFile?: string;
  readonly repository?: string;
  /** The password, or the whole credentials. */
  readonly found: unknown;
  readonly notes?: readonly string[];
}

const HELPER = `#!/bin/sh
read -r server
case $1.$server in
get.r.example) echo '{"ServerURL":"r.example","Username":"user","Secret":"helper"}' ;;
get.docker.io) echo '{"ServerURL":"","Username":"<token>","Secret":"podman-hub"}' ;;
get.${HUB}) echo '{"ServerURL":"","Username":"user","Secret":"docker-hub"}' ;;
get.fails.example) echo "error getting credentials - err: no session"; exit 1 ;;
get.leaks.example) echo '{"Secret":"topsecret"}'; exit 3 ;;
get.silent.example) exit 2 ;;
get.text.example) echo "topsecret" ;;
get.half.example) echo '{"Username":"topsecret"}' ;;
get.much.example) head -c 1000000 /dev/zero ;;
*) echo "credentials not found in native keychain"; exit 1 ;;
esac
`;

const ROWS: readonly Row[] = [
  { name: "no files", files: {}, found: undefined },
  {
    name: "Docker's file",
    files: { "home/.docker/config.json": { auths: { "r.example": user("docker") } } },
    found: "docker",
  },
  {
    name: "Docker's file in another folder",
    files: { "docker/config.json": { auths: { "https://r.example/v2/": user("docker") } } },
    env: { DOCKER_CONFIG: "/FOLDER/docker" },
    found: "docker",
  },
  {
    name: "podman's files come before Docker's",
    files: {
      "home/.docker/config.json": { auths: { "r.example": user("docker") } },
      "home/.config/containers/auth.json": { auths: { "r.example": user("config") } },
    },
    found: "config",
  },
  {
    name: "the file of the session comes first",
    files: {
      "home/.config/containers/auth.json": { auths: { "r.example": user("config") } },
      "run/containers/auth.json": { auths: { "r.example": user("session") } },
    },
    env: { XDG_RUNTIME_DIR: "/FOLDER/run" },
    found: "session",
  },
  {
    name: "a file that knows nothing is passed over",
    files: {
      "config/containers/auth.json": { auths: { "other.example": user("config") } },
      "home/.docker/config.json": { auths: { "r.example": user("docker") } },
    },
    env: { XDG_CONFIG_HOME: "/FOLDER/config" },
    found: "docker",
  },
  {
    name: "REGISTRY_AUTH_FILE counts alone",
    files: {
      "a.json": { auths: { "other.example": user("a") } },
      "home/.docker/config.json": { auths: { "r.example": user("docker") } },
    },
    env: { REGISTRY_AUTH_FILE: "/FOLDER/a.json" },
    found: undefined,
  },
  {
    name: "a named file counts before REGISTRY_AUTH_FILE",
    files: {
      "a.json": { auths: { "r.example": user("a") } },
      "b.json": { auths: { "r.example": user("b") } },
    },
    env: { REGISTRY_AUTH_FILE: "/FOLDER/a.json" },
    authFile: "b.json",
    found: "b",
  },
  {
    name: "the longest beginning counts",
    files: {
      "home/.config/containers/auth.json": {
        auths: {
          "r.example": user("host"),
          "r.example/team": user("team"),
          "r.example/team/im": user("not a part of a path"),
          "r.example/team/image/below": user("longer"),
        },
      },
    },
    repository: "r.example/team/image",
    found: "team",
  },
  {
    name: "a port is part of the host",
    files: { "home/.docker/config.json": { auths: { "r.example": user("host") } } },
    repository: "r.example:5000/x",
    found: undefined,
  },
  ...["docker.io", "index.docker.io", "registry-1.docker.io", HUB].map((key) => ({
    name: `Docker Hub as ${key}`,
    files: { "home/.docker/config.json": { auths: { [key]: user("hub") } } },
    repository: "docker.io/library/alpine",
    found: "hub",
  })),
  {
    name: "an identity token",
    files: {
      "home/.docker/config.json": { auths: { "r.example": { ...user(""), identitytoken: "id" } } },
    },
    found: { kind: "identity-token", token: "id" },
  },
  {
    name: "a registry's token",
    files: { "home/.docker/config.json": { auths: { "r.example": { registrytoken: "reg" } } } },
    found: { kind: "registry-token", token: "reg" },
  },
  {
    name: "a name and a password in the clear",
    files: {
      "home/.docker/config.json": { auths: { "r.example": { username: "user", password: "p" } } },
    },
    found: "p",
  },
  {
    name: "a password with colons, padded with zeros",
    files: { "home/.docker/config.json": { auths: { "r.example": user("a:b:\0\0") } } },
    found: "a:b:",
  },
  { name: "an empty file", files: { "home/.docker/config.json": "" }, found: undefined },
  {
    name: "an empty entry",
    files: { "home/.docker/config.json": { auths: { "r.example": {} } } },
    found: undefined,
  },
  {
    name: "a helper for the registry counts before entries",
    files: {
      "home/.docker/config.json": {
        auths: { "r.example": user("entry") },
        credHelpers: { "r.example": "test" },
      },
    },
    found: "helper",
  },
  {
    name: "a helper for all counts after entries",
    files: {
      "home/.docker/config.json": { auths: { "r.example": user("entry") }, credsStore: "test" },
    },
    found: "entry",
  },
  {
    name: "an empty entry stands for what the helper has",
    files: { "home/.docker/config.json": { auths: { "r.example": {} }, credsStore: "test" } },
    found: "helper",
  },
  {
    name: "Docker's helpers know Docker Hub by its old address",
    files: { "home/.docker/config.json": { credsStore: "test" } },
    repository: "docker.io/library/alpine",
    found: "docker-hub",
  },
  {
    name: "podman's helpers know Docker Hub by its name",
    files: { "home/.config/containers/auth.json": { credHelpers: { "docker.io": "test" } } },
    repository: "docker.io/library/alpine",
    found: { kind: "identity-token", token: "podman-hub" },
  },
  {
    name: "a helper that knows nobody",
    files: { "home/.docker/config.json": { credsStore: "test" } },
    repository: "unknown.example/x",
    found: undefined,
  },
  {
    name: "a helper that is not installed",
    files: { "home/.docker/config.json": { credsStore: "desktop" } },
    found: undefined,
    notes: ["the credential helper docker-credential-desktop is not installed"],
  },
  {
    name: "a helper that is a path",
    files: { "home/.docker/config.json": { credsStore: "x/../../../bin/sh" } },
    found: undefined,
    notes: [`"x/../../../bin/sh" is not a credential helper`],
  },
  ...Object.entries({
    "fails.example": "failed: error getting credentials - err: no session",
    "leaks.example": "failed: it ended with status 3",
    "silent.example": "failed: it ended with status 2",
    "text.example": "did not answer in JSON",
    "half.example": "did not answer with a name and a secret",
    "much.example": "wrote too much",
  }).map(([host, note]) => ({
    name: `a helper that ${note}`,
    files: { "home/.docker/config.json": { credsStore: "test" } },
    repository: `${host}/x`,
    found: undefined,
    notes: [`the credential helper docker-credential-test ${note}`],
  })),
];

Deno.test("findCredentials() looks where podman and Docker keep credentials", async (t) => {
  for (const row of ROWS) {
    await t.step(row.name, async () => {
      const { credentials, notes } = await find(row);
      const found = credentials?.kind === "password" ? credentials.password : credentials;
      assert.deepEqual(found, row.found);
      assert.deepEqual(notes, row.notes ?? []);
    });
  }
});

Deno.test("findCredentials() says what is wrong with a file, and nothing of what is in it", async (t) => {
  const rows: [name: string, content: unknown, reason: string][] = [
    ["no JSON", `{"auths": topsecret}`, "it is not JSON"],
    ["an array", [], "it is not an object"],
    ["entries in an array", { auths: [] }, "auths is not an object"],
    [
      "an entry in another form",
      { auths: { "r.example": "topsecret" } },
      'the entry of "r.example" is not an object',
    ],
    [
      "no base64",
      { auths: { "r.example": { auth: "topsecret!" } } },
      'the entry of "r.example" is not in base64',
    ],
    [
      "no name",
      { auths: { "r.example": { auth: btoa("topsecret") } } },
      'the entry of "r.example" has no name',
    ],
    ["a helper in another form", { credsStore: 7 }, "credsStore is not a string"],
  ];
  for (const [name, content, reason] of rows) {
    await t.step(name, async () => {
      const files = { "home/.docker/config.json": content };
      await assert.rejects(find({ name, files, found: undefined }), (error: Error) => {
        assert.match(error.message, /^Cannot read \/.*\/home\/\.docker\/config\.json: /);
        assert(error.message.endsWith(`: ${reason}`), error.message);
        assert.doesNotMatch(Deno.inspect(error), /topsecret/);
        return true;
      });
    });
  }
  await t.step("a named file that is not there", async () => {
    await assert.rejects(find({ name: "", files: {}, authFile: "none.json", found: undefined }), {
      code: "registry-settings",
      message: /none\.json: there is no such file$/,
    });
  });
});

async function find({ files, env = {}, authFile, repository = "r.example/x" }: Row) {
  const folder = await Deno.makeTempDir({ prefix: "snapvm-credentials-" });
  try {
    await Deno.mkdir(`${folder}/bin`);
    await Deno.writeTextFile(`${folder}/bin/docker-credential-test`, HELPER, { mode: 0o755 });
    for (const [path, content] of Object.entries(files)) {
      const text = typeof content === "string" ? content : JSON.stringify(content);
      await Deno.mkdir(`${folder}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeTextFile(`${folder}/${path}`, text);
    }
    const slash = repository.indexOf("/");
    return await findCredentials(
      { registry: repository.slice(0, slash), path: repository.slice(slash + 1), scheme: "https" },
      {
        folders: {
          etc: `${folder}/etc`,
          env: {
            HOME: `${folder}/home`,
            PATH: `${folder}/bin:/usr/bin:/bin`,
            ...Object.fromEntries(
              Object.entries(env).map(([name, value]) => [name, value.replace("/FOLDER", folder)]),
            ),
          },
        },
        ...(authFile === undefined ? {} : { authFile: `${folder}/${authFile}` }),
        signal: new AbortController().signal,
      },
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
