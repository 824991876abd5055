/** A process of this host. */
export interface HostProcess {
  /** Its id. */
  readonly pid: number;
  /** The kernel's name of it. */
  readonly name: string;
}

/** The living processes whose command line has a text in it. */
export async function processesOf(text: string): Promise<HostProcess[]> {
  const processes: HostProcess[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const commandLine = await Deno.readTextFile(`/proc/${name}/cmdline`);
      if (!commandLine.includes(text)) continue;
      const program = await Deno.readTextFile(`/proc/${name}/comm`);
      processes.push({ pid: Number(name), name: program.trim() });
    } catch (error) {
      // It has ended while we looked.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return processes;
}

/** The ids of this process's own children, ended but not yet awaited ones included. */
export async function childProcesses(): Promise<number[]> {
  const children: number[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    // The process may have ended while we looked.
    const stat = await Deno.readTextFile(`/proc/${name}/stat`).catch(() => "");
    // The name, in brackets, may have spaces in it; the state and the parent's id follow.
    const parent = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1];
    if (Number(parent) === Deno.pid) children.push(Number(name));
  }
  return children;
}
