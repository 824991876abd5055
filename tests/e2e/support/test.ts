import { backends, type TestedBackend } from "./backends.ts";

/** What a test is given. */
export interface TestContext {
  /** The hypervisor to boot with. */
  readonly backend: TestedBackend;
  /** For steps. */
  readonly t: Deno.TestContext;
}

/** Declares a test for each of the hypervisors. */
export function test(name: string, check: (context: TestContext) => Promise<void>): void {
  for (const backend of backends) {
    Deno.test(`${name} (${backend.name})`, (t) => check({ backend, t }));
  }
}
