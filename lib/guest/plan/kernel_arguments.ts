import type { RootFs } from "../../boot/mod.ts";

/**
 * The kernel arguments that a guest needs to boot unattended from a flat image:
 *
 * - with systemd, `systemd.firstboot=off`: without a machine id it would ask for the locale on the console;
 * - with cloud-init, `ds=None`: it would spend minutes looking for a data source that nobody provides;
 * - with an SELinux policy, `selinux=0`: container layers carry no labels, so an enforcing guest could run nothing.
 */
export async function kernelArguments(root: RootFs): Promise<string[]> {
  const rows = [
    ["/usr/lib/systemd/systemd", "systemd.firstboot=off"],
    ["/usr/lib/systemd/system/cloud-init.target", "ds=None"],
    ["/etc/selinux/config", "selinux=0"],
  ] as const;
  const found: string[] = [];
  for (const [path, argument] of rows) {
    if (await exists(root, path)) found.push(argument);
  }
  return found;
}

async function exists(root: RootFs, path: string): Promise<boolean> {
  try {
    await root.stat(path);
    return true;
  } catch (error) {
    if (
      error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory ||
      error instanceof Deno.errors.FilesystemLoop
    ) return false;
    throw error;
  }
}
