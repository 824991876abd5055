import { readProcessFile } from "./read_process_file.ts";

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
    if (!readProcessFile(`/proc/${name}/cmdline`)?.includes(text)) continue;
    const program = readProcessFile(`/proc/${name}/comm`);
    if (program !== undefined) processes.push({ pid: Number(name), name: program.trim() });
  }
  return processes;
}

/** The ids of this process's own children, ended but not yet awaited ones included. */
export async function childProcesses(): Promise<number[]> {
  const children: number[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = readProcessFile(`/proc/${name}/stat`) ?? "";
    // The name, in brackets, may have spaces in it; the state and the parent's id follow.
    const parent = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1];
    if (Number(parent) === Deno.pid) children.push(Number(name));
  }
  return children;
}
