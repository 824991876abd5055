/** A place to pull a repository from. */
export interface Endpoint {
  /** The registry as users name it, with its port: `docker.io`. Credentials and certificates are found by it. */
  readonly registry: string;
  /** The repository's path there. */
  readonly path: string;
  /**
   * `https`; `http`: without encryption; `any`: with HTTPS if the registry has it, else without encryption.
   */
  readonly scheme: "https" | "http" | "any";
}

/** The names of Docker Hub. */
const DOCKER_HUB: readonly string[] = ["docker.io", "index.docker.io", "registry-1.docker.io"];

/** Whether a registry is Docker Hub, under one of its names. */
export function isDockerHub(registry: string): boolean {
  return DOCKER_HUB.includes(registry);
}

/** The host, with its port, that a registry really has. */
export function hostOf(registry: string): string {
  return isDockerHub(registry) ? "registry-1.docker.io" : registry;
}
