import type { TestCertificates } from "./make_certificates.ts";

/** A token server for a registry of a test's. */
export interface TokenServer extends AsyncDisposable {
  /** The lines of `auth` in the registry's configuration. */
  readonly auth: string;
  /** What was asked of it: the method, the query or the form, and the header `Authorization`. */
  readonly asked: { method: string; parameters: URLSearchParams; authorization: string | null }[];
}

/** The name and the password, and the identity token, that it knows. */
export const KNOWN = { username: "me", password: "se:cret", identity: "identity-1" } as const;

/**
 * Starts a token server over HTTPS, as the distribution project's "Token Authentication Specification" has it: with
 * tokens that Debian's `docker-registry` verifies.
 *
 * @param certificates The server's certificate, and that of who signs tokens.
 * @param life How long a token holds, in seconds.
 */
export async function startTokenServer(
  certificates: TestCertificates,
  life = 60,
): Promise<TokenServer> {
  const [cert, key, issuer, issuerKey] = await Promise.all(
    [
      certificates.certificate,
      certificates.key,
      certificates.issuer,
      certificates.issuerKey,
    ].map((path) => Deno.readTextFile(path)),
  );
  const signer = await crypto.subtle.importKey(
    "pkcs8",
    der(issuerKey),
    { name: "ECDSA", namedCurve: "P-256" },
    false,
    ["sign"],
  );
  const asked: TokenServer["asked"] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {}, cert: cert ?? "", key: key ?? "" },
    async (request) => {
      const { searchParams } = new URL(request.url);
      const parameters = request.method === "POST"
        ? new URLSearchParams(await request.text())
        : searchParams;
      const authorization = request.headers.get("authorization");
      asked.push({ method: request.method, parameters, authorization });
      const isKnown = request.method === "POST"
        ? parameters.get("refresh_token") === KNOWN.identity
        : authorization === `Basic ${btoa(`${KNOWN.username}:${KNOWN.password}`)}`;
      if (!isKnown) {
        return Response.json({ details: "incorrect username or password" }, { status: 401 });
      }
      return Response.json({
        access_token: await makeToken(parameters.getAll("scope")),
        expires_in: life,
      });
    },
  );
  const realm = `https://127.0.0.1:${server.addr.port}/token`;
  return {
    auth: `  token:
    realm: ${realm}
    service: test-registry
    issuer: test-issuer
    rootcertbundle: ${certificates.issuer}`,
    asked,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };

  async function makeToken(scopes: readonly string[]): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const access = scopes.map((scope) => {
      const [type, name, actions = ""] = scope.split(":");
      return { type, name, actions: actions.split(",") };
    });
    const parts = [
      { typ: "JWT", alg: "ES256", x5c: [der(issuer).toBase64()] },
      {
        iss: "test-issuer",
        sub: KNOWN.username,
        aud: "test-registry",
        iat: now,
        nbf: now - 1,
        exp: now + life,
        jti: crypto.randomUUID(),
        access,
      },
    ].map((part) => base64url(new TextEncoder().encode(JSON.stringify(part))));
    const signed = new TextEncoder().encode(parts.join("."));
    const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, signer, signed);
    return [...parts, base64url(new Uint8Array(signature))].join(".");
  }
}

/** The bytes in a PEM file. */
function der(pem: string | undefined): Uint8Array<ArrayBuffer> {
  const lines = (pem ?? "").split("\n").filter((line) => !line.startsWith("-----"));
  return Uint8Array.fromBase64(lines.join(""));
}

function base64url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}
