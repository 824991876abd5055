import { findProgram } from "../../../host/mod.ts";
import type { Virtiofsd } from "./virtiofsd.ts";

/**
 * Where distributions put it: Debian and Ubuntu in /usr/libexec, and before QEMU 8 in /usr/lib/qemu; Fedora, RHEL and
 * openSUSE in /usr/libexec; Arch in /usr/lib; whoever has built it in /usr/local.
 */
const FOLDERS = [
  "/usr/libexec",
  "/usr/lib/qemu",
  "/usr/lib",
  "/usr/libexec/qemu",
  "/usr/lib/virtiofsd",
  "/usr/local/libexec",
  "/usr/local/lib",
  "/usr/local/bin",
  "/usr/bin",
  "/run/current-system/sw/bin",
];

/** What {@linkcode findVirtiofsd} asks of its surroundings. Tests give answers of their own. */
export interface VirtiofsdSearch {
  /** The host's operating system. */
  readonly os: string;
  /** Who we are. */
  readonly user: { readonly uid: number; readonly gid: number };
  /** `$PATH`. */
  readonly path: string;
  /** The one program to use, if there is a choice; an empty text is none. */
  readonly chosen?: string | undefined;
  /** Finds a program in folders as `$PATH` has them. */
  find(name: string, path: string): Promise<string | undefined>;
  /** The standard output of a program that ended well; `undefined` if it did not. */
  run(program: string, args: readonly string[]): Promise<string | undefined>;
}

/** A virtiofsd, or why there is none: a sentence's end. */
export type FoundVirtiofsd = { readonly virtiofsd: Virtiofsd } | { readonly missing: string };

/**
 * Finds the virtiofsd of this host and what it can do here.
 *
 * @param search Where to look: this host, and the one program to use if there is a choice.
 * @returns The server, or why shares have to do without one.
 */
export async function findVirtiofsd(search: VirtiofsdSearch): Promise<FoundVirtiofsd> {
  const { os, user, path, chosen } = search;
  if (os !== "linux") return { missing: "virtiofsd runs on Linux only" };
  const program = chosen || await search.find("virtiofsd", [path, ...FOLDERS].join(":"));
  if (program === undefined) return { missing: "there is no virtiofsd" };
  const help = await search.run(program, ["--help"]);
  if (help === undefined) return { missing: `${program} does not run` };
  const generation = help.includes("--shared-dir") ? "rust" : "c";
  const isRoot = user.uid === 0;
  if (generation === "c" && !isRoot) return { missing: `${program} runs for root only` };
  const unshare = await search.find("unshare", `${path}:/usr/bin:/bin`);
  const namespaces = [
    ...(isRoot ? [] : ["-U", "--map-root-user"]),
    ...["--mount-proc", "--pid", "--net", "--fork", "true"],
  ];
  // The server finds out only when QEMU has connected; then the machine would have failed.
  const hasNamespaces = unshare !== undefined &&
    await search.run(unshare, namespaces) !== undefined;
  if (!hasNamespaces && !isRoot) {
    return { missing: `${program} needs user namespaces, which this host does not allow` };
  }
  const sandbox = hasNamespaces ? "namespace" : "chroot";
  return {
    virtiofsd: {
      program,
      generation,
      hasReadOnly: help.includes("--readonly"),
      sandbox,
      user,
      unshare: isRoot && hasNamespaces ? unshare : undefined,
    },
  };
}

/** This host, with `$VIRTIOFSD_BIN` as the choice if there is no other. */
export function virtiofsdHost(chosen?: string): VirtiofsdSearch {
  return {
    chosen: chosen ?? Deno.env.get("VIRTIOFSD_BIN"),
    os: Deno.build.os,
    user: { uid: Deno.uid() ?? 0, gid: Deno.gid() ?? 0 },
    path: Deno.env.get("PATH") ?? "",
    find: findProgram,
    run: async (program, args) => {
      try {
        const output = await new Deno.Command(program, {
          args: [...args],
          stdin: "null",
          stdout: "piped",
          stderr: "null",
        }).output();
        return output.success ? new TextDecoder().decode(output.stdout) : undefined;
      } catch {
        return undefined;
      }
    },
  };
}
