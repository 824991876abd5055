import { readAgentProgram } from "../../../lib/guest/agent/read_agent_program.ts";
import { AgentConnection, type GuestEvent } from "../../../lib/guest/mod.ts";
import { SocketChannel } from "../../../lib/vm/socket_channel.ts";

/** Connects to a socket, which becomes the standard input, and becomes the agent. */
const CONNECT = `
use IO::Socket::UNIX;
use POSIX ();
my $socket = IO::Socket::UNIX->new($ARGV[0]) or die "$ARGV[0]: $!";

POSIX::dup2(fileno($socket), 0);
exec($ARGV[1], "serve") or die $!;
`;

/** Runs a program that sees other users. */
const WITH_USERS = 'mount --bind "$1" /etc/passwd && shift && exec "$@"';

/** The agent's program, on this system instead of in a guest, and a connection to it. */
export class ServedAgent implements AsyncDisposable {
  readonly connection: AgentConnection;
  readonly events: GuestEvent[] = [];
  /** How often another agent has taken the place of one that was killed. */
  again = 0;
  /** The agent's first process, which watches over the one that serves. */
  readonly pid: number;
  readonly #child: Deno.ChildProcess;
  readonly #folder: string;
  readonly #conn: Deno.Conn;

  private constructor(folder: string, child: Deno.ChildProcess, conn: Deno.Conn) {
    this.#folder = folder;
    this.#child = child;
    this.#conn = conn;
    this.pid = child.pid;
    this.connection = new AgentConnection(new SocketChannel(conn, { readAhead: 0 }), {
      onEvent: (event) => this.events.push(event),
      onAgain: () => this.again++,
    });
  }

  /** The process that serves the connection now. */
  async servingPid(): Promise<number> {
    for (;;) {
      const text = await Deno.readTextFile(`/proc/${this.pid}/task/${this.pid}/children`);
      for (const pid of text.trim().split(" ").filter((pid) => pid !== "")) {
        // What a killed one has left behind belongs to the system, or to whoever takes its place.
        const program = await Deno.readLink(`/proc/${pid}/exe`).catch(() => "");
        if (program === await Deno.readLink(`/proc/${this.pid}/exe`)) return Number(pid);
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Starts it; if users are given, as lines of passwd(5), it knows no others. */
  static async start({ users }: { readonly users?: string } = {}): Promise<ServedAgent> {
    const folder = await Deno.makeTempDir();
    const program = `${folder}/snapvm-agent`;
    await Deno.writeFile(program, await readAgentProgram(Deno.build.arch), { mode: 0o755 });
    const path = `${folder}/socket`;
    using listener = Deno.listen({ transport: "unix", path });
    const start = ["perl", "-e", CONNECT, path, program];
    if (users !== undefined) {
      const file = `${folder}/passwd`;
      await Deno.writeTextFile(file, users);
      start.unshift("unshare", "--mount", "sh", "-c", WITH_USERS, "sh", file);
    }
    const child = new Deno.Command(start[0]!, {
      args: start.slice(1),
      stdin: "null",
      stdout: "inherit",
      stderr: "inherit",
    }).spawn();
    const agent = new ServedAgent(folder, child, await listener.accept());
    await agent.connection.hello;
    return agent;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.connection[Symbol.asyncDispose]();
    try {
      this.#conn.close();
    } catch {
      // It was closed before.
    }
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 5000);
    await this.#child.status;
    clearTimeout(timer);
    await Deno.remove(this.#folder, { recursive: true });
  }
}
