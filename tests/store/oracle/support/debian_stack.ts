import { run } from "../../../ext4/support/programs.ts";
import { type Member, packLayer } from "./layers.ts";

/** Packages that every Debian and Ubuntu has. `login` and `passwd` have set-id programs. */
const PACKAGES: readonly (readonly string[])[] = [
  ["base-files", "base-passwd", "bash", "dpkg", "libc-bin"],
  ["login", "mount", "passwd", "util-linux"],
];

/**
 * Two layers with the files of this machine's own packages, as GNU tar packs them, and one that removes each tenth of
 * them and replaces another tenth.
 */
export async function debianStack(): Promise<Uint8Array<ArrayBuffer>[]> {
  const layers: Uint8Array<ArrayBuffer>[] = [];
  const removable: string[] = [];
  for (const packages of PACKAGES) {
    const listed = await run("dpkg", ["--listfiles", ...packages]);
    const paths = [...new Set(listed.split("\n"))]
      // The other folders change while they are packed; and not everything that a package has need be here.
      .filter((path) => /^\/(usr|bin|sbin|lib\d*|etc)(\/|$)/.test(path) && existsHere(path))
      .sort();
    removable.push(...paths.filter((path) => Deno.lstatSync(path).isFile));
    layers.push(await packHost(paths));
  }
  const members: Member[] = [];
  for (const [nth, path] of removable.entries()) {
    const slash = path.lastIndexOf("/") + 1;
    if (nth % 10 === 0) members.push({ path: `${path.slice(1, slash)}.wh.${path.slice(slash)}` });
    else if (nth % 10 === 5) members.push({ path: path.slice(1), data: `in place of ${path}` });
  }
  return [...layers, packLayer(members)];
}

function existsHere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

async function packHost(paths: readonly string[]): Promise<Uint8Array<ArrayBuffer>> {
  const archive = await Deno.makeTempFile({ prefix: "snapvm-layer-" });
  try {
    await run("tar", [
      ...["--create", "--file", archive, "--format=pax", "--numeric-owner", "--xattrs"],
      ...["--no-recursion", "--directory=/", "--verbatim-files-from", "--files-from=-"],
    ], { input: paths.map((path) => `${path.slice(1)}\n`).join("") });
    return await Deno.readFile(archive);
  } finally {
    await Deno.remove(archive);
  }
}
