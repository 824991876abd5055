/** The addresses that a process listens on, on any network: lines of `/proc/net` that say so. */
export async function listeningSockets(pid: number): Promise<string[]> {
  const inodes = new Set<string>();
  for await (const { name } of Deno.readDir(`/proc/${pid}/fd`)) {
    const target = await Deno.readLink(`/proc/${pid}/fd/${name}`).catch(() => "");
    const [, inode] = /^socket:\[(\d+)\]$/.exec(target) ?? [];
    if (inode !== undefined) inodes.add(inode);
  }
  const found: string[] = [];
  for (const table of ["tcp", "tcp6", "udp", "udp6"]) {
    const text = await Deno.readTextFile(`/proc/${pid}/net/${table}`);
    for (const line of text.split("\n").slice(1)) {
      const fields = line.trim().split(/\s+/);
      // Of UDP, 07 is a socket that is not connected to anybody; of TCP, 0A is one that listens.
      const isListening = fields[3] === (table.startsWith("tcp") ? "0A" : "07");
      if (isListening && inodes.has(fields[9] ?? "")) found.push(`${table} ${fields[1]}`);
    }
  }
  return found;
}
