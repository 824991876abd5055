/** Who we are for a registry. */
export type Credentials =
  | { readonly kind: "password"; readonly username: string; readonly password: string }
  /** A refresh token of OAuth 2: it is exchanged for tokens. */
  | { readonly kind: "identity-token"; readonly token: string }
  /** A token for the registry itself. */
  | { readonly kind: "registry-token"; readonly token: string };

/** What was found out about who we are. */
export interface FoundCredentials {
  /** Absent if nobody knows us there. */
  readonly credentials?: Credentials;
  /** What went wrong while looking, for the message if the registry then refuses us. */
  readonly notes: readonly string[];
}
