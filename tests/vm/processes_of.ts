/** A process of this host. */
export interface HostProcess {
  /** Its id. */
  readonly pid: number;
  /** The kernel's name of it. */
  readonly name: string;
}

/** The processes, ended but not yet awaited ones included, whose command line has a text in it. */
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
