import { SnapvmError } from "../../error/mod.ts";
import type { RootFs } from "../root_fs.ts";
import { type FileContext, latin1, parseFileContexts } from "./file_contexts.ts";
import { FileLabels } from "./file_labels.ts";
import { parseSubstitutions } from "./path_substitutions.ts";

const CONFIGURATION = "/etc/selinux/config";
/** Where distributions of policies have been since 2006 (libselinux's `selinuxdefs`). */
const POLICIES = "/etc/selinux";
/** Fedora's `file_contexts` has 0.5 MiB. */
const MAX_FILE_SIZE = 16 * 2 ** 20;

/** What `/etc/selinux/config` asks for, which is what a guest does unless its kernel arguments say otherwise. */
export type SelinuxMode = "enforcing" | "permissive" | "disabled";

/** The SELinux policy of an image. */
export interface SelinuxPolicy {
  /** Its name, `SELINUXTYPE`: `targeted`, `default`. */
  readonly name: string;
  /** What the image asks for. */
  readonly mode: SelinuxMode;
}

/** A policy, and the labels that it gives to files. */
export interface LoadedSelinuxPolicy extends SelinuxPolicy {
  /** The labels. */
  readonly labels: FileLabels;
}

/**
 * Finds the SELinux policy of an image: its configuration, and a policy that a kernel can load.
 *
 * @param root The image's root filesystem.
 * @returns The policy; `undefined` if it has none.
 */
export async function findSelinuxPolicy(root: RootFs): Promise<SelinuxPolicy | undefined> {
  const bytes = await readIfThere(root, CONFIGURATION);
  if (bytes === undefined) return undefined;
  const settings = new Map<string, string>();
  for (const line of latin1(bytes).split("\n")) {
    const [, key, value] = /^\s*(SELINUX|SELINUXTYPE)=\s*(\S+)\s*$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) settings.set(key, value);
  }
  const name = settings.get("SELINUXTYPE") ?? "targeted";
  if (name.includes("/") || name.startsWith(".")) return undefined;
  if (!await hasPolicyFile(root, `${POLICIES}/${name}/policy`)) return undefined;
  const wanted = settings.get("SELINUX")?.toLowerCase();
  const mode = wanted === "enforcing" || wanted === "disabled" ? wanted : "permissive";
  return { name, mode };
}

/**
 * Reads the SELinux policy of an image as far as the labels of files go.
 *
 * @param root The image's root filesystem.
 * @returns The policy with its labels.
 * @throws {SnapvmError} `no-selinux-policy` if the image has none that it would load; `invalid-selinux-policy` if its
 *   `file_contexts` cannot be read.
 */
export async function readSelinuxPolicy(root: RootFs): Promise<LoadedSelinuxPolicy> {
  const policy = await findSelinuxPolicy(root);
  if (policy === undefined) throw noPolicy("it has none");
  // systemd then turns SELinux off, whatever the kernel is told.
  if (policy.mode === "disabled") throw noPolicy(`${CONFIGURATION} has SELINUX=disabled`);
  const main = `${POLICIES}/${policy.name}/contexts/files/file_contexts`;
  const contexts: FileContext[] = [];
  for (const suffix of ["", ".homedirs", ".local"]) {
    const path = main + suffix;
    const bytes = await readIfThere(root, path);
    if (bytes === undefined && suffix === "") throw noPolicy(`it has no ${path}`);
    for (const context of parseFileContexts(bytes ?? new Uint8Array(), path)) {
      contexts.push(context);
    }
  }
  const substitutions = async (suffix: string) => {
    const bytes = await readIfThere(root, main + suffix);
    return parseSubstitutions(latin1(bytes ?? new Uint8Array()));
  };
  const labels = new FileLabels({
    contexts,
    substitutions: await substitutions(".subs"),
    distributionSubstitutions: await substitutions(".subs_dist"),
  });
  return { ...policy, labels };
}

function noPolicy(why: string): SnapvmError {
  return new SnapvmError(
    "no-selinux-policy",
    `Cannot enforce the image's SELinux policy: ${why}`,
    { data: {} },
  );
}

async function hasPolicyFile(root: RootFs, folder: string): Promise<boolean> {
  try {
    for await (const { name } of root.readDir(folder)) {
      if (/^policy\.\d+$/.test(name)) return true;
    }
    return false;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

async function readIfThere(
  root: RootFs,
  path: string,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    const { isFile, size } = await root.stat(path);
    if (!isFile || size > MAX_FILE_SIZE) {
      throw new SnapvmError(
        "invalid-selinux-policy",
        `Cannot read ${path}: it is not a file of up to 16 MiB`,
        { data: { path } },
      );
    }
    return await root.readFile(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory ||
    error instanceof Deno.errors.FilesystemLoop;
}
