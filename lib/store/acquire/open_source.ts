import {
  formatReference,
  type ImageSource,
  openRegistry,
  openTransport,
  parseTransport,
  qualifyReference,
} from "../../oci/mod.ts";
import type { RegistryAccess } from "./acquire_options.ts";

/** Options for {@linkcode openSource}. */
export interface OpenSourceOptions {
  /** How a registry is talked to. */
  readonly registry?: RegistryAccess | undefined;
  /** Ends the work when it aborts. */
  readonly signal?: AbortSignal | undefined;
}

/** Opens an image where its name says: in a registry, or where one of skopeo's transports leads. */
export async function openSource(
  name: string,
  { registry, signal }: OpenSourceOptions,
): Promise<ImageSource> {
  const transport = parseTransport(name);
  if (transport !== undefined && transport.kind !== "docker") {
    return await openTransport(transport, { signal });
  }
  const reference = formatReference(qualifyReference(transport?.reference ?? name));
  return await openRegistry(reference, { ...registry, signal });
}
