import assert from "node:assert/strict";
import { findCertificates } from "../../../../lib/oci/registry/settings/find_certificates.ts";

/** Text that looks like a certificate. */
const pem = (name: string) => `-----BEGIN CERTIFICATE-----\n${name}\n`;

interface Row {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly caFile?: string;
  readonly registry?: string;
  /** The names in the certificates. */
  readonly ca: readonly string[];
  readonly identity?: readonly [cert: string, key: string];
}

const ROWS: readonly Row[] = [
  { name: "none", files: {}, ca: [] },
  {
    name: "a named file, and the system's",
    files: { "a.pem": pem("a"), "b.pem": pem("b") },
    caFile: "a.pem",
    env: { SSL_CERT_FILE: "/FOLDER/b.pem" },
    ca: ["a", "b"],
  },
  {
    name: "the system's need not be there",
    files: {},
    env: { SSL_CERT_FILE: "/FOLDER/b.pem" },
    ca: [],
  },
  {
    name: "Docker's folder for the host",
    files: {
      "etc/docker/certs.d/r.example:5000/ca.crt": pem("docker"),
      "etc/docker/certs.d/r.example/ca.crt": pem("without the port"),
    },
    ca: ["docker"],
  },
  {
    name: "podman's folder counts before Docker's, the user's before the system's",
    files: {
      "etc/docker/certs.d/r.example:5000/ca.crt": pem("docker"),
      "etc/containers/certs.d/r.example:5000/ca.crt": pem("podman"),
      "home/.config/containers/certs.d/r.example:5000/b.crt": pem("second"),
      "home/.config/containers/certs.d/r.example:5000/a.crt": pem("first"),
      "home/.config/containers/certs.d/r.example:5000/README": "no",
    },
    ca: ["first", "second"],
  },
  {
    name: "who we are",
    files: {
      "home/.docker/certs.d/r.example:5000/client.cert": pem("cert"),
      "home/.docker/certs.d/r.example:5000/client.key": pem("key"),
    },
    ca: [],
    identity: ["cert", "key"],
  },
  {
    name: "Docker Hub under its host's name",
    files: { "etc/docker/certs.d/registry-1.docker.io/ca.crt": pem("hub") },
    registry: "docker.io",
    ca: ["hub"],
  },
];

Deno.test("findCertificates() finds them where podman and Docker do", async (t) => {
  for (const row of ROWS) {
    await t.step(row.name, async () => {
      const { ca, identity } = await find(row);
      assert.deepEqual(ca, row.ca.map(pem));
      assert.deepEqual(
        identity,
        row.identity && { cert: pem(row.identity[0]), key: pem(row.identity[1]) },
      );
    });
  }
});

Deno.test("findCertificates() says which file is not there or not in PEM", async () => {
  await assert.rejects(find({ name: "", files: {}, caFile: "none.pem", ca: [] }), {
    code: "registry-settings",
    message: /none\.pem: there is no such file$/,
  });
  const files = { "etc/docker/certs.d/r.example:5000/ca.crt": "\x30\x82" };
  await assert.rejects(find({ name: "", files, ca: [] }), {
    code: "registry-settings",
    message: /ca\.crt: it is not in PEM$/,
  });
  const half = { "etc/docker/certs.d/r.example:5000/client.cert": pem("cert") };
  await assert.rejects(find({ name: "", files: half, ca: [] }), {
    message: /client\.key: there is no such file$/,
  });
});

async function find({ files, env = {}, caFile, registry = "r.example:5000" }: Row) {
  const folder = await Deno.makeTempDir({ prefix: "snapvm-certificates-" });
  try {
    for (const [path, text] of Object.entries(files)) {
      await Deno.mkdir(`${folder}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeTextFile(`${folder}/${path}`, text);
    }
    return await findCertificates(registry, {
      folders: {
        etc: `${folder}/etc`,
        env: {
          HOME: `${folder}/home`,
          ...Object.fromEntries(
            Object.entries(env).map(([name, value]) => [name, value.replace("/FOLDER", folder)]),
          ),
        },
      },
      caFile: caFile && `${folder}/${caFile}`,
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
