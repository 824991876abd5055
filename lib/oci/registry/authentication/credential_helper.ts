import { findProgram, GuardedProcess, withDeadline } from "../../../host/mod.ts";
import type { SettingsFolders } from "../settings/folders.ts";
import type { Credentials } from "./credentials.ts";

/** A helper may show a dialog in which the user unlocks a keychain. */
const TIMEOUT_MS = 60_000;
/** Credentials are some kilobytes at most. */
const MAX_OUTPUT_SIZE = 256 * 1024;
/** The name that says that the secret is an identity token. */
const TOKEN_USERNAME = "<token>";

/**
 * Asks a credential helper, a program such as `docker-credential-osxkeychain`, who we are. One that is not there or
 * fails leaves a note: an image that everybody may read can be read without it.
 *
 * Source: the docker-credential-helpers project.
 *
 * @param helper The helper's name: `osxkeychain`.
 * @param server The registry, by the name that the helper knows it by.
 * @param options Where programs are found, what ends the program, and where notes go.
 * @returns The credentials; `undefined` if it has none.
 */
export async function askCredentialHelper(
  helper: string,
  server: string,
  { folders, signal, notes }: {
    readonly folders: SettingsFolders;
    readonly signal: AbortSignal;
    readonly notes: string[];
  },
): Promise<Credentials | undefined> {
  if (!/^[\w][\w.-]*$/.test(helper)) {
    notes.push(`${JSON.stringify(helper.slice(0, 100))} is not a credential helper`);
    return undefined;
  }
  const name = `docker-credential-${helper}`;
  const path = await findProgram(name, folders.env["PATH"]);
  if (path === undefined) {
    notes.push(`the credential helper ${name} is not installed`);
    return undefined;
  }
  const process = new GuardedProcess(path, ["get"], { stdout: "piped", input: server });
  try {
    const output = await withDeadline(readOutput(process.stdout), {
      signal,
      limit: {
        milliseconds: TIMEOUT_MS,
        error: () => new RangeError(`did not answer in ${TIMEOUT_MS / 1000} seconds`),
      },
    });
    const { status } = await process.ended;
    if (status !== 0) {
      if (/credentials not found/i.test(output)) return undefined;
      throw new RangeError(`failed: ${sayFailure(output, status)}`);
    }
    return parseAnswer(output);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    notes.push(`the credential helper ${name} ${error.message}`);
    return undefined;
  } finally {
    process.kill();
    await process.ended;
  }
}

async function readOutput(
  stdout: ReadableStream<Uint8Array<ArrayBuffer>> | undefined,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for await (const chunk of stdout ?? []) {
    size += chunk.length;
    if (size > MAX_OUTPUT_SIZE) throw new RangeError("wrote too much");
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function parseAnswer(output: string): Credentials {
  let value: unknown;
  try {
    value = JSON.parse(output);
  } catch {
    // Not kept as the cause: its message has the secret in it.
    throw new RangeError("did not answer in JSON");
  }
  const { Username, Secret } = Object(value) as Readonly<Record<string, unknown>>;
  if (typeof Username !== "string" || typeof Secret !== "string") {
    throw new RangeError("did not answer with a name and a secret");
  }
  return Username === TOKEN_USERNAME
    ? { kind: "identity-token", token: Secret }
    : { kind: "password", username: Username, password: Secret };
}

/** A helper that fails writes why to its standard output. What looks like credentials is not shown. */
function sayFailure(output: string, status: number): string {
  const line = output.trim().split("\n")[0]?.replaceAll(/[\p{Cc}\p{Cf}]/gu, " ") ?? "";
  return line === "" || line.includes("{") ? `it ended with status ${status}` : line.slice(0, 200);
}
