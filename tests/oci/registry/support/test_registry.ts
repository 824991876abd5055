import { readLines } from "../../../../lib/host/mod.ts";

/** No test needs a registry for longer, in seconds. */
const DEFAULT_LIFE = 300;

/** Options for {@linkcode startRegistry}. */
export interface TestRegistryOptions {
  /** The folder of its blobs and manifests (default: a new one, which is removed at the end). */
  readonly storage?: string;
  /** The paths of its certificate and key (default: plain HTTP). */
  readonly tls?: {
    readonly certificate: string;
    readonly key: string;
    /** The authority of the certificates that its clients must have (default: they need none). */
    readonly clientAuthority?: string;
  };
  /** The lines of `auth` in its configuration, indented by two spaces (default: everybody may do everything). */
  readonly auth?: string;
  /** After how many seconds it ends by itself (default: 300). */
  readonly life?: number;
}

/** A registry on this machine: Debian's `docker-registry`. */
export interface TestRegistry extends AsyncDisposable {
  /** Its address, `127.0.0.1:12345`. */
  readonly host: string;
  /** The folder of its blobs and manifests: another registry can have it too. */
  readonly storage: string;
  /**
   * Copies an image into the registry with skopeo.
   *
   * @param source The image as skopeo names it: `oci:/folder:tag`.
   * @param name Its name in the registry: `example/image:1`.
   * @param args More arguments for `skopeo copy`.
   */
  push(source: string, name: string, args?: readonly string[]): Promise<void>;
}

/**
 * Starts a registry on a free port of 127.0.0.1. It ends when it is disposed of, or after a few minutes.
 *
 * ```ts
 * await using registry = await startRegistry();
 * await registry.push("oci:/tmp/layout:v1", "example/image:v1");
 * const image = await openRegistry(`${registry.host}/example/image:v1`, { plainHttp: true });
 * ```
 */
export async function startRegistry(options: TestRegistryOptions = {}): Promise<TestRegistry> {
  const folder = await Deno.makeTempDir({ prefix: "snapvm-registry-" });
  const storage = options.storage ?? `${folder}/storage`;
  const { tls, auth, life = DEFAULT_LIFE } = options;
  const clients = tls?.clientAuthority && `, clientcas: [${tls.clientAuthority}]`;
  await Deno.writeTextFile(
    `${folder}/config.yml`,
    `version: 0.1
log: { level: info, formatter: text }
storage: { filesystem: { rootdirectory: ${storage} } }
http:
  addr: 127.0.0.1:0
${
      tls === undefined
        ? ""
        : `  tls: { certificate: ${tls.certificate}, key: ${tls.key}${clients ?? ""} }\n`
    }${auth === undefined ? "" : `auth:\n${auth}\n`}`,
  );
  const child = new Deno.Command("timeout", {
    args: ["--signal=KILL", `${life}`, "docker-registry", "serve", `${folder}/config.yml`],
    env: { OTEL_TRACES_EXPORTER: "none" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const said: string[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const reading = (async () => {
    for await (const line of readLines(child.stderr, 4096)) {
      said.push(line);
      const address = /listening on (127\.0\.0\.1:\d+)/.exec(line)?.[1];
      if (address !== undefined) resolve(address);
    }
    reject(new Error(`docker-registry did not start: ${said.join("\n")}`));
  })();
  const dispose = async () => {
    try {
      // `timeout` passes it on.
      child.kill("SIGTERM");
    } catch {
      // It has ended already.
    }
    await child.status;
    await reading;
    await Deno.remove(folder, { recursive: true });
  };
  try {
    const host = await promise;
    return {
      host,
      storage,
      push: (source, name, args = []) => push(source, `docker://${host}/${name}`, args),
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function push(
  source: string,
  destination: string,
  args: readonly string[],
): Promise<void> {
  const { code, stderr } = await new Deno.Command("skopeo", {
    args: [
      "--insecure-policy",
      "copy",
      "--quiet",
      "--all",
      "--preserve-digests",
      "--dest-tls-verify=false",
      ...args,
      source,
      destination,
    ],
    stdin: "null",
  }).output();
  if (code !== 0) throw new Error(`skopeo: ${new TextDecoder().decode(stderr)}`);
}
