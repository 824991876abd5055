import { supervise } from "../vm/mod.ts";

/** `snapvm supervise`. */
export async function superviseMachine(): Promise<void> {
  await supervise();
}
