/** The paths of a test's certificates. */
export interface TestCertificates {
  /** The authority that nobody knows. */
  readonly authority: string;
  /** The certificate of 127.0.0.1, and its key. */
  readonly certificate: string;
  readonly key: string;
  /** A certificate for who signs tokens, and its key. */
  readonly issuer: string;
  readonly issuerKey: string;
}

/**
 * Makes certificates with openssl.
 *
 * @param folder The folder to put them in.
 */
export async function makeCertificates(folder: string): Promise<TestCertificates> {
  const { code, stderr } = await new Deno.Command("bash", {
    args: [
      "-euo",
      "pipefail",
      "-c",
      `new_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"; }
       new_key ca.key
       openssl req -x509 -new -key ca.key -days 2 -subj /CN=authority -out ca.crt
       new_key server.key
       openssl req -new -key server.key -subj /CN=server -out server.csr
       openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 \\
         -extfile <(echo subjectAltName=IP:127.0.0.1) -out server.crt
       new_key issuer.key
       openssl req -x509 -new -key issuer.key -days 2 -subj /CN=issuer -out issuer.crt`,
    ],
    cwd: folder,
    stdin: "null",
  }).output();
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
  return {
    authority: `${folder}/ca.crt`,
    certificate: `${folder}/server.crt`,
    key: `${folder}/server.key`,
    issuer: `${folder}/issuer.crt`,
    issuerKey: `${folder}/issuer.key`,
  };
}
