import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import {
  type ImageSource,
  openRegistry,
  parseManifest,
  qualifyReference,
  type RegistryOptions,
} from "../../../lib/oci/mod.ts";
import { connect } from "../../../lib/oci/registry/connect.ts";
import { makeCertificates, type TestCertificates } from "./support/make_certificates.ts";
import { digestOf, makeLayout, type TestImage } from "./support/make_layout.ts";
import { startProxy, startRelay } from "./support/start_relay.ts";
import { startRegistry } from "./support/test_registry.ts";
import { TestRuntime } from "./support/test_runtime.ts";
import { KNOWN, startTokenServer } from "./support/token_server.ts";

/** What all tests of this file use. */
interface Ready {
  readonly folder: string;
  readonly image: TestImage;
  readonly certificates: TestCertificates;
  /** The storage of a registry that has the image as `example/image:v1`. */
  readonly storage: string;
}

/** Opens an image of another machine's settings, so that this one's do not matter. */
function open(name: string, options: RegistryOptions, runtime = new TestRuntime()) {
  return connect(name, qualifyReference(name), { env: {}, ...options }, {
    runtime,
    etc: "/nowhere",
  });
}

/** Reads all of an image, and holds it against what was put into the registry. */
async function checkAll(source: ImageSource, image: TestImage): Promise<void> {
  const { descriptor, bytes } = await source.root();
  assert.equal(descriptor.digest, image.manifest);
  const manifest = parseManifest(bytes);
  const config = await source.document(manifest.config);
  assert.equal(digestOf(config.bytes), manifest.config.digest);
  const layers = await Promise.all(
    manifest.layers.map(async (layer) =>
      digestOf(Buffer.concat(await Array.fromAsync(source.openBlob(layer))))
    ),
  );
  assert.deepEqual(layers, [...image.layers.keys()]);
}

/** The hash of a password, as bcrypt makes it. */
async function bcrypt(password: string): Promise<string> {
  const { stdout } = await new Deno.Command("perl", {
    args: ["-e", "print crypt($ARGV[0], '$2y$04$abcdefghijklmnopqrstuu')", password],
  }).output();
  return new TextDecoder().decode(stdout);
}

Deno.test("openRegistry() reads an image from Debian's registry", async (t) => {
  const folder = await Deno.makeTempDir({ prefix: "snapvm-registry-test-" });
  try {
    const image = await makeLayout(`${folder}/layout`, [3_000_000, 500_000, 10]);
    const ready = {
      folder,
      image,
      certificates: await makeCertificates(folder),
      storage: `${folder}/storage`,
    };
    await t.step("without encryption", () => plain(ready));
    await t.step("with a certificate that has to be named", () => encrypted(ready));
    await t.step("with a certificate of our own", () => withIdentity(ready));
    await t.step("with a name and a password", () => withPassword(ready));
    await t.step("with tokens", () => withTokens(ready));
    await t.step("over connections that are cut anywhere", () => cutAnywhere(ready));
    await t.step("through a proxy", () => throughProxy(ready));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

async function plain({ image, storage }: Ready): Promise<void> {
  await using registry = await startRegistry({ storage });
  await registry.push(`oci:${image.folder}:v1`, "example/image:v1");
  const name = `${registry.host}/example/image`;
  {
    await using source = await openRegistry(`${name}:v1`, { plainHttp: true, env: {} });
    assert.equal(source.reference, `${name}:v1`);
    await checkAll(source, image);
  }
  {
    await using pinned = await open(`${name}@${image.manifest}`, { plainHttp: true });
    await checkAll(pinned, image);
  }
  {
    await using missing = await open(`${name}:v2`, { plainHttp: true });
    await assert.rejects(missing.root(), {
      code: "registry-error",
      data: { registry: registry.host, status: 404, codes: ["MANIFEST_UNKNOWN"] },
    });
  }
  // Not even on the loopback is anything sent in the clear that was not allowed to be.
  await using encrypted = await open(`${name}:v1`, {});
  await assert.rejects(encrypted.root(), {
    code: "registry-unreachable",
    data: { registry: registry.host, reason: "not-http" },
  });
}

async function encrypted({ folder, image, storage, certificates }: Ready): Promise<void> {
  await using registry = await startRegistry({ storage, tls: certificates });
  const name = `${registry.host}/example/image:v1`;
  {
    await using stranger = await open(name, {});
    await assert.rejects(stranger.root(), {
      code: "registry-unreachable",
      data: { registry: registry.host, reason: "certificate" },
    });
  }
  const home = `${folder}/home`;
  await Deno.mkdir(`${home}/.docker/certs.d/${registry.host}`, { recursive: true });
  await Deno.copyFile(certificates.authority, `${home}/.docker/certs.d/${registry.host}/ca.crt`);
  const conf = `${folder}/registries.conf`;
  await Deno.writeTextFile(
    conf,
    `[[registry]]\nprefix = "r.example"\nlocation = "${registry.host}/example"\ninsecure = true`,
  );
  const rows: [name: string, options: RegistryOptions][] = [
    [name, { caFile: certificates.authority }],
    [name, { env: { SSL_CERT_FILE: certificates.authority } }],
    [name, { env: { HOME: home } }],
    ["r.example/image:v1", { env: { HOME: home, CONTAINERS_REGISTRIES_CONF: conf } }],
  ];
  for (const [name, options] of rows) {
    await using source = await open(name, options);
    await checkAll(source, image);
  }
}

async function withIdentity({ folder, image, storage, certificates }: Ready): Promise<void> {
  const tls = { ...certificates, clientAuthority: certificates.authority };
  await using registry = await startRegistry({ storage, tls });
  const name = `${registry.host}/example/image:v1`;
  {
    await using stranger = await open(name, { caFile: certificates.authority });
    await assert.rejects(stranger.root(), { code: "registry-unreachable" });
  }
  const config = `${folder}/config`;
  const place = `${config}/containers/certs.d/${registry.host}`;
  await Deno.mkdir(place, { recursive: true });
  await Deno.copyFile(certificates.authority, `${place}/ca.crt`);
  await Deno.copyFile(certificates.certificate, `${place}/client.cert`);
  await Deno.copyFile(certificates.key, `${place}/client.key`);
  await using source = await open(name, { env: { XDG_CONFIG_HOME: config } });
  await checkAll(source, image);
}

async function withPassword({ folder, image, storage }: Ready): Promise<void> {
  await Deno.writeTextFile(`${folder}/htpasswd`, `me:${await bcrypt("se:cret")}\n`);
  const auth = `  htpasswd: { realm: test, path: ${folder}/htpasswd }`;
  await using registry = await startRegistry({ storage, auth });
  const name = `${registry.host}/example/image:v1`;
  const authFile = `${folder}/auth.json`;
  const options = { plainHttp: true, authFile };
  // What podman's users have on their disks is written by the library that skopeo shares with it.
  const login = (password: string) =>
    new Deno.Command("skopeo", {
      args: [
        "login",
        "--tls-verify=false",
        "--authfile",
        authFile,
        "-u",
        "me",
        "-p",
        password,
        registry.host,
      ],
      stdin: "null",
    }).output();
  assert((await login("se:cret")).success);
  {
    await using source = await open(name, options);
    await checkAll(source, image);
  }
  await Deno.writeTextFile(
    authFile,
    JSON.stringify({ auths: { [registry.host]: { auth: btoa("me:wrong") } } }),
  );
  await using wrong = await open(name, options);
  await assert.rejects(wrong.root(), {
    code: "registry-error",
    data: { registry: registry.host, status: 401, codes: ["UNAUTHORIZED"] },
  });
}

async function withTokens({ folder, image, storage, certificates }: Ready): Promise<void> {
  await using server = await startTokenServer(certificates);
  await using registry = await startRegistry({ storage, tls: certificates, auth: server.auth });
  const name = `${registry.host}/example/image:v1`;
  const authFile = `${folder}/tokens.json`;
  const options = { caFile: certificates.authority, authFile };
  const write = (entry: unknown) =>
    Deno.writeTextFile(authFile, JSON.stringify({ auths: { [registry.host]: entry } }));

  await write({ auth: btoa(`${KNOWN.username}:${KNOWN.password}`) });
  {
    await using source = await open(name, options);
    await checkAll(source, image);
  }
  await write({ identitytoken: KNOWN.identity });
  {
    await using source = await open(name, options);
    await checkAll(source, image);
  }
  const scope = "repository:example/image:pull";
  assert.deepEqual(
    server.asked.map(({ method, parameters }) => [method, parameters.get("scope")]),
    [["GET", scope], ["POST", scope]],
  );
  await write({ auth: btoa("me:wrong") });
  await using wrong = await open(name, options);
  await assert.rejects(wrong.root(), {
    code: "registry-error",
    message: /status 401; incorrect username or password$/,
  });
}

async function cutAnywhere({ image, storage }: Ready): Promise<void> {
  await using registry = await startRegistry({ storage });
  // From the seventh connection on, each one brings something: a few that are cut at once are not the end.
  await using relay = startRelay(
    registry.host,
    (count) => Math.floor(Math.random() * 300_000) + count * 50_000,
  );
  await using source = await open(`${relay.host}/example/image:v1`, { plainHttp: true });
  await checkAll(source, image);
  assert(relay.connections > 4, `${relay.connections} connections`);
}

async function throughProxy({ image, storage, certificates }: Ready): Promise<void> {
  await using proxy = startProxy();
  const names = ["HTTP_PROXY", "https_proxy", "NO_PROXY"];
  const before = names.map((name) => [name, Deno.env.get(name)] as const);
  Deno.env.set("HTTP_PROXY", `http://${proxy.host}`);
  Deno.env.set("https_proxy", `http://${proxy.host}`);
  Deno.env.delete("NO_PROXY");
  try {
    {
      await using registry = await startRegistry({ storage });
      await using source = await open(`${registry.host}/example/image:v1`, { plainHttp: true });
      await checkAll(source, image);
      assert(proxy.wanted.includes(`GET http://${registry.host}/v2/example/image/manifests/v1`));
      const count = proxy.wanted.length;
      Deno.env.set("NO_PROXY", "127.0.0.1");
      await using direct = await open(`${registry.host}/example/image:v1`, { plainHttp: true });
      await checkAll(direct, image);
      assert.equal(proxy.wanted.length, count);
      Deno.env.delete("NO_PROXY");
    }
    await using registry = await startRegistry({ storage, tls: certificates });
    const options = { caFile: certificates.authority };
    await using source = await open(`${registry.host}/example/image:v1`, options);
    await checkAll(source, image);
    assert(proxy.wanted.includes(`CONNECT ${registry.host}`));
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  }
}
