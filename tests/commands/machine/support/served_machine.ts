import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readAgentProgram } from "../../../../lib/guest/agent/read_agent_program.ts";
import { createRuntimeFolder } from "../../../../lib/machines/runtime_folder.ts";
import {
  MachineFolder,
  type MachineRecord,
  type MachineStatus,
} from "../../../../lib/machines/mod.ts";

const CLI = fileURLToPath(new URL("../../../../cli.ts", import.meta.url));

/** Listens, and becomes the agent for each client, with the socket as its standard input. */
const SERVE = `
use IO::Socket::UNIX;
use POSIX ();
my $server = IO::Socket::UNIX->new(Local => $ARGV[0], Listen => 64) or die "$ARGV[0]: $!";
$| = 1;
print "ready\\n";
while (my $socket = $server->accept) {
  next if fork;
  POSIX::dup2(fileno($socket), 0);
  exec($ARGV[1], "serve") or die $!;
}
`;

/** What a command has done. */
export interface CommandResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A machine, by its folder and its control socket, whose guest is this system: nothing boots. */
export class ServedMachine implements AsyncDisposable {
  /** Its `$SNAPVM_HOME`; there is room for other files, too. */
  readonly home: string;
  readonly #folder: MachineFolder;
  readonly #server: Deno.ChildProcess;

  private constructor(home: string, folder: MachineFolder, server: Deno.ChildProcess) {
    this.home = home;
    this.#folder = folder;
    this.#server = server;
  }

  /** Starts a machine named `dev`. */
  static async start(): Promise<ServedMachine> {
    const home = await Deno.realPath(await Deno.makeTempDir());
    const program = join(home, "snapvm-agent");
    await Deno.writeFile(program, await readAgentProgram(Deno.build.arch), { mode: 0o755 });
    const folder = await MachineFolder.create(home, { name: "dev" });
    folder.writeRecord(RECORD);
    await Deno.writeTextFile(join(folder.path, "status.json"), JSON.stringify(STATUS));
    const runtime = await createRuntimeFolder(folder.path);
    const server = new Deno.Command("perl", {
      args: ["-e", SERVE, join(runtime, "control"), program],
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const reader = server.stdout.getReader();
    await reader.read();
    await reader.cancel();
    return new ServedMachine(home, folder, server);
  }

  /** Starts `snapvm` with the arguments. */
  spawn(args: readonly string[]): Deno.ChildProcess {
    return new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", "--no-check", CLI, ...args],
      env: { NO_COLOR: "1", SNAPVM_HOME: this.home },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }

  /** Runs `snapvm` to its end. */
  async run(
    args: readonly string[],
    stdin: Uint8Array<ArrayBuffer> = new Uint8Array(),
  ): Promise<CommandResult> {
    const child = this.spawn(args);
    const writer = child.stdin.getWriter();
    // One that ends early does not read all of it.
    const written = writer.write(stdin).then(() => writer.close()).catch(() => {});
    const { code, stdout, stderr } = await child.output();
    await written;
    const decoder = new TextDecoder();
    return { status: code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.kill("SIGTERM");
    await this.#server.status;
    const runtime = await Deno.readLink(join(this.#folder.path, "runtime"));
    await this.#folder[Symbol.asyncDispose]();
    await Deno.remove(runtime, { recursive: true }).catch(() => {});
    await Deno.remove(this.home, { recursive: true });
  }
}

const RECORD: MachineRecord = {
  version: 1,
  name: "dev",
  created: "2026-01-01T00:00:00Z",
  kept: false,
  image: { name: "demo", snapshot: "/demo" },
  backend: "qemu",
  architecture: "x86_64",
  cpus: 1,
  memory: 2 ** 30,
  kernel: "6.1",
  commandLine: "",
  ports: [],
  shares: [],
  selinux: false,
};

const STATUS: MachineStatus = {
  version: 1,
  state: "running",
  pid: Deno.pid,
  started: "2026-01-01T00:00:00Z",
  acceleration: "tcg",
  stage: "ready",
  agent: true,
  targets: [],
  addresses: [],
  ports: [],
  problems: [],
};
