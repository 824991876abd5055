import type { FixtureImage } from "../../fixtures/fixture_image.ts";
import type { TestedBackend } from "./backends.ts";
import { runSnapvm, Snapvm, type SnapvmOptions, type SnapvmResult } from "./snapvm.ts";

/** The size of a guest of which nothing is said: it boots with a third less of the host's time than the usual one. */
const SMALL = ["--cpus", "1", "--memory", "512M"] as const;

/** What a test of `snapvm run` says of it. */
export interface ImageRun extends Omit<SnapvmOptions, "image"> {
  /** Whether the guest is as large as users get it, or as `options` say. Default: it is small. */
  readonly ownSize?: boolean;
  /** Options of the command line beside the hypervisor and the platform. */
  readonly options?: readonly string[];
  /** What is run in the guest; if it is empty, the console is wanted. */
  readonly command?: readonly string[];
}

/** Starts `snapvm run [OPTIONS] IMAGE [-- COMMAND]`. */
export async function startImage(
  backend: TestedBackend,
  image: FixtureImage,
  run: ImageRun = {},
): Promise<Snapvm> {
  return await Snapvm.start(...words(backend, image, run));
}

/** Runs `snapvm run [OPTIONS] IMAGE [-- COMMAND]` to its end. */
export async function runImage(
  backend: TestedBackend,
  image: FixtureImage,
  run: ImageRun = {},
): Promise<SnapvmResult> {
  return await runSnapvm(...words(backend, image, run));
}

function words(
  backend: TestedBackend,
  image: FixtureImage,
  { options = [], command = [], ownSize = false, ...settings }: ImageRun,
): [args: string[], options: SnapvmOptions] {
  return [
    [
      ...["run", "--backend", backend.name, "--platform", image.platform],
      ...ownSize ? options : [...SMALL, ...options],
      image.reference,
      ...command.length > 0 ? ["--", ...command] : [],
    ],
    { ...settings, image, env: { ...backend.env, ...settings.env } },
  ];
}
