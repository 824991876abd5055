/** Options for {@linkcode openRegistry}. */
export interface RegistryOptions {
  /** The environment variables (default: those of this process). Proxies are always those of this process. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Talk to the registry without encryption (default: false). */
  readonly plainHttp?: boolean | undefined;
  /** The path of a file with certificates, in PEM, of authorities to trust besides the usual ones. */
  readonly caFile?: string | undefined;
  /** The path of the one file to look for credentials in, in the format of podman and Docker. */
  readonly authFile?: string | undefined;
  /** Ends everything that is being read when it aborts. */
  readonly signal?: AbortSignal | undefined;
}
