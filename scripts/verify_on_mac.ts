/**
 * The items of `scripts/verify_on_mac.sh` that need virtual machines. The process has to carry the entitlement.
 *
 *     deno run -A scripts/verify_on_mac.ts LIBRARY KERNEL INITRAMFS
 *
 * @module
 */
import { join } from "node:path";
import {
  openBindings,
  Virtualization,
  type VirtualMachine,
  type VirtualMachineConfiguration,
  type VirtualMachineEvent,
} from "../ffi/mod.ts";

const MIB = 2 ** 20;
/** Far more than any step takes: a Mac boots the guest in a second. */
const PATIENCE_MS = 120_000;
const CONSOLE = "exec <>/dev/hvc0 >&0 2>&0; stty raw -echo; echo 1 >/proc/sys/kernel/printk;";
const SLEEP = "while :; do sleep 1; done";

const [library, kernel, initramfs] = Deno.args;
if (library === undefined || kernel === undefined || initramfs === undefined) {
  throw new TypeError("Usage: deno run -A scripts/verify_on_mac.ts LIBRARY KERNEL INITRAMFS");
}
const virtualization = new Virtualization(openBindings(library));
const folder = await Deno.realPath(await Deno.makeTempDir());

/** A machine for one item, with its console and two ports, `in` and `out`. */
interface Guest extends AsyncDisposable {
  readonly machine: VirtualMachine;
  readonly console: Deno.Conn;
  readonly input: Deno.Conn;
  readonly output: Deno.Conn;
  /** Settles with the first event of the kind. */
  event(kind: VirtualMachineEvent["kind"]): Promise<VirtualMachineEvent>;
}

let guests = 0;

async function boot(
  script: string,
  changes: Partial<VirtualMachineConfiguration> = {},
): Promise<Guest> {
  const paths = ["console", "in", "out"].map((name) => join(folder, `${name}${guests}`));
  guests++;
  using listeners = new DisposableStack();
  const accepting = paths.map((path) =>
    listeners.use(Deno.listen({ transport: "unix", path })).accept()
  );
  const events: VirtualMachineEvent[] = [];
  const waiting: (() => void)[] = [];
  const machine = virtualization.create({
    bootLoader: {
      kind: "linux",
      kernel: kernel!,
      initramfs: initramfs!,
      commandLine: `console=hvc0 quiet no_timer_check script=${btoa(script)}`,
    },
    platform: {
      machineIdentifier: virtualization.machineIdentifier(),
      nestedVirtualization: false,
    },
    cpus: 1,
    memory: 512 * MIB,
    console: paths[0]!,
    ports: [{ name: "in", socket: paths[1]! }, { name: "out", socket: paths[2]! }],
    disks: [],
    networks: [],
    shares: [],
    rosetta: null,
    entropy: true,
    balloon: false,
    ...changes,
  }, (event) => {
    events.push(event);
    waiting.forEach((wake) => wake());
  });
  const [console, input, output] = await Promise.all(accepting);
  return {
    machine,
    console: console!,
    input: input!,
    output: output!,
    event: (kind) =>
      new Promise((resolve) => {
        const look = () => {
          const found = events.find((event) => event.kind === kind);
          if (found !== undefined) resolve(found);
        };
        waiting.push(look);
        look();
      }),
    [Symbol.asyncDispose]: () => machine[Symbol.asyncDispose](),
  };
}

async function readUntil(connection: Deno.Conn, text: string): Promise<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(65536);
  let read = "";
  while (!read.includes(text)) {
    const length = await connection.read(buffer);
    if (length === null) throw new Error(`the guest ended without ${JSON.stringify(text)}`);
    read += decoder.decode(buffer.subarray(0, length), { stream: true });
  }
  return read;
}

async function countBytes(connection: Deno.Conn): Promise<number> {
  const buffer = new Uint8Array(65536);
  let total = 0;
  for (;;) {
    const length = await connection.read(buffer);
    if (length === null) return total;
    total += length;
  }
}

function send(connection: Deno.Conn, text: string): Promise<number> {
  return connection.write(new TextEncoder().encode(text));
}

function expect(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new Error(otherwise);
}

/** Each item's question, and what answers it: by its words, or by throwing. */
const ITEMS: Readonly<Record<string, () => Promise<string | void>>> = {
  "the framework is there": () => {
    const host = virtualization.host();
    expect(host.supported, "VZVirtualMachine.isSupported is false");
    return Promise.resolve(JSON.stringify(host));
  },

  "a guest boots, with console and ports both ways": async () => {
    await using guest = await boot(
      `${CONSOLE} echo ready; read a; echo "got $a"; read b <$(port in); echo "got $b" >$(port out); ${SLEEP}`,
    );
    const started = performance.now();
    await guest.machine.start();
    await readUntil(guest.console, "ready\n");
    const milliseconds = Math.round(performance.now() - started);
    await send(guest.console, "one\n");
    await readUntil(guest.console, "got one\n");
    await send(guest.input, "two\n");
    await readUntil(guest.output, "got two\n");
    await guest.machine.stop();
    return `${milliseconds} ms from start to init`;
  },

  "a guest's power-off is an event, and nothing that it wrote is lost": async () => {
    await using guest = await boot(`head -c ${MIB} /dev/zero >$(port out); poweroff -f`);
    const bytes = countBytes(guest.output);
    await guest.machine.start();
    await guest.event("guest-stopped");
    await guest.machine[Symbol.asyncDispose]();
    expect(await bytes === MIB, `${await bytes} of ${MIB} bytes arrived`);
  },

  "closing a port's writing side is the guest's end of file": async () => {
    await using guest = await boot(`cat <$(port in) >/dev/null; echo ended >$(port out); ${SLEEP}`);
    await guest.machine.start();
    await send(guest.input, "some bytes\n");
    await guest.input.closeWrite();
    await readUntil(guest.output, "ended\n");
    await guest.machine.stop();
  },

  "a console that nobody reads holds the guest back and loses nothing": async () => {
    await using guest = await boot(`${CONSOLE} head -c ${4 * MIB} /dev/zero; poweroff -f`);
    await guest.machine.start();
    await new Promise((resolve) => setTimeout(resolve, 5000));
    const bytes = countBytes(guest.console);
    await guest.event("guest-stopped");
    await guest.machine[Symbol.asyncDispose]();
    expect(await bytes === 4 * MIB, `${await bytes} of ${4 * MIB} bytes arrived`);
  },

  "a guest that reboots keeps running": async () => {
    await using guest = await boot(
      `${CONSOLE} echo ready; read again; echo "$again"; [ "$again" = yes ] && reboot -f; ${SLEEP}`,
    );
    await guest.machine.start();
    await readUntil(guest.console, "ready\n");
    await send(guest.console, "yes\n");
    await readUntil(guest.console, "ready\n");
    await guest.machine.stop();
  },

  "pause and resume": async () => {
    await using guest = await boot(`${CONSOLE} echo ready; read a; echo "got $a"; ${SLEEP}`);
    await guest.machine.start();
    await readUntil(guest.console, "ready\n");
    await guest.machine.pause();
    await send(guest.console, "word\n");
    await guest.machine.resume();
    await readUntil(guest.console, "got word\n");
    await guest.machine.stop();
  },

  "save, restore and a clone of a paused machine's disk": async () => {
    if (!virtualization.host().saveRestore) return "not on this Mac";
    const state = join(folder, "state");
    const disk = join(folder, "disk");
    await Deno.writeFile(disk, new Uint8Array(MIB));
    const platform = {
      machineIdentifier: virtualization.machineIdentifier(),
      nestedVirtualization: false,
    };
    const changes = (path: string): Partial<VirtualMachineConfiguration> => ({
      platform,
      disks: [{
        kind: "image",
        path,
        serial: "disk",
        readOnly: false,
        caching: "cached",
        synchronization: "fsync",
      }],
    });
    const script = `${CONSOLE} echo ready; while read word; do
      echo "$word" >/dev/vda; sync; echo "wrote $word"; done`;
    {
      await using guest = await boot(script, changes(disk));
      await guest.machine.start();
      await readUntil(guest.console, "ready\n");
      await send(guest.console, "before\n");
      await readUntil(guest.console, "wrote before\n");
      await guest.machine.pause();
      await guest.machine.save(state);
      const status = await virtualization.cloneFile(disk, `${disk}-clone`);
      expect(status === 0, `clonefile failed with ${status}`);
      await guest.machine.stop();
    }
    const clone = new TextDecoder().decode(await Deno.readFile(`${disk}-clone`));
    expect(clone.startsWith("before\n"), "the clone does not have what the guest wrote");
    await using guest = await boot(script, changes(`${disk}-clone`));
    await guest.machine.restore(state);
    await guest.machine.resume();
    await send(guest.console, "after\n");
    await readUntil(guest.console, "wrote after\n");
    await guest.machine.stop();
    return "a guest goes on where it was saved";
  },

  "what a flush costs: fsync against full": async () => {
    const seconds: string[] = [];
    for (const synchronization of ["fsync", "full"] as const) {
      const path = join(folder, synchronization);
      await Deno.writeFile(path, new Uint8Array(64 * MIB));
      await using guest = await boot(
        `${CONSOLE} now() { cut -d ' ' -f 1 /proc/uptime; }
        start=$(now); for n in $(seq 200); do echo $n >/dev/vda; sync; done
        echo "$start $(now) seconds"; ${SLEEP}`,
        {
          disks: [{
            kind: "image",
            path,
            serial: "disk",
            readOnly: false,
            caching: "cached",
            synchronization,
          }],
        },
      );
      await guest.machine.start();
      const text = await readUntil(guest.console, "seconds\n");
      const [start, end] = text.match(/[\d.]+/g) ?? [];
      seconds.push(`${synchronization} ${(Number(end) - Number(start)).toFixed(2)} s`);
      await guest.machine.stop();
    }
    return `200 writes with a flush each: ${seconds.join(", ")}`;
  },

  "a network card gets an address": async () => {
    await using guest = await boot(
      `${CONSOLE} ip link set eth0 up; udhcpc -q -n -i eth0 -s /bin/true && echo leased; ${SLEEP}`,
      { networks: [{ macAddress: "52:54:00:5a:5a:01" }] },
    );
    await guest.machine.start();
    await readUntil(guest.console, "leased\n");
    await guest.machine.stop();
  },

  "a machine that the host stops leaves nothing": async () => {
    await using guest = await boot(`${CONSOLE} echo ready; ${SLEEP}`);
    await guest.machine.start();
    await readUntil(guest.console, "ready\n");
    await guest.machine.stop();
    await guest.machine[Symbol.asyncDispose]();
    expect(await countBytes(guest.console) >= 0, "the console did not end");
  },
};

function patience(): Promise<never> {
  return new Promise((_, reject) =>
    setTimeout(() => reject(new Error("it took too long")), PATIENCE_MS)
  );
}

let failures = 0;
for (const [question, ask] of Object.entries(ITEMS)) {
  try {
    const words = await Promise.race([ask(), patience()]);
    report("ok", question, words ?? "");
  } catch (error) {
    failures++;
    report("FAILED", question, error instanceof Error ? error.message : String(error));
  }
}
await Deno.remove(folder, { recursive: true });
Deno.exit(failures === 0 ? 0 : 1);

function report(verdict: string, question: string, words: string): void {
  // deno-lint-ignore no-console -- the verdicts are this script's result
  console.log(`${verdict.padEnd(7)}${question}${words === "" ? "" : `: ${words}`}`);
}
