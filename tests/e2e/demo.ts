import { type FixtureImage, fixtureImage } from "../fixtures/fixture_image.ts";
import { runSnapvm, Snapvm, type SnapvmOptions, type SnapvmResult } from "./snapvm.ts";

/** The demo, in which most boots of these tests take place: it is the quickest. */
export const demo: FixtureImage = await fixtureImage("demo");

/** `snapvm run [OPTIONS] demo [-- COMMAND]` to its end. */
export async function runDemo(
  options: readonly string[],
  command: readonly string[] = [],
  settings: SnapvmOptions = {},
): Promise<SnapvmResult> {
  return await runSnapvm(wordsFor(options, command), { image: demo, ...settings });
}

/** The same, running. */
export async function startDemo(
  options: readonly string[],
  command: readonly string[] = [],
  settings: SnapvmOptions = {},
): Promise<Snapvm> {
  return await Snapvm.start(wordsFor(options, command), { image: demo, ...settings });
}

function wordsFor(options: readonly string[], command: readonly string[]): string[] {
  return ["run", ...options, demo.reference, ...command.length > 0 ? ["--", ...command] : []];
}
