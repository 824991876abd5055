/** What Apple's own parsers say; `undefined` if the shared fixtures are not there. */
export const appleNames: AppleNames | undefined = read();

export interface AppleNames {
  readonly references: readonly (Failure | {
    readonly input: string;
    readonly error?: never;
    readonly domain: string | null;
    readonly path: string;
    readonly tag: string | null;
    readonly digest: string | null;
    readonly description: string;
    readonly normalized: string;
  })[];
  readonly platforms: readonly (
    | Failure
    | ({ readonly input: string; readonly error?: never; readonly description: string } & Row)
  )[];
  readonly platformCandidates: readonly Row[];
  readonly equalPlatforms: readonly { readonly a: Row; readonly b: Row }[];
}

interface Failure {
  readonly input: string;
  readonly error: true;
}

interface Row {
  readonly os: string;
  readonly architecture: string;
  readonly variant: string | null;
}

function read(): AppleNames | undefined {
  try {
    return JSON.parse(
      Deno.readTextFileSync(
        new URL("../../../../shared/fixtures/apple-names.json", import.meta.url),
      ),
    );
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
