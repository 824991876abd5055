/**
 * What happens between the making of a machine and its start, with a framework that does as it is told.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { VirtualMachineConfiguration, VirtualMachineEvent } from "../../../ffi/mod.ts";
import type { MachineSpecification } from "../../../lib/vm/mod.ts";
import { type Framework, startVz } from "../../../lib/vm/vz/start_vz.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

/** The guest's ends of a machine's sockets, and what became of the machine. */
interface FakeMachine {
  readonly connections: Deno.Conn[];
  released: number;
}

/** Connects to some of a machine's sockets. */
async function connect(paths: readonly (string | null)[], machine: FakeMachine): Promise<void> {
  for (const path of paths) {
    machine.connections.push(await Deno.connect({ transport: "unix", path: path! }));
  }
}

/** A framework whose machines do what `onCreate` says while they are made. */
function fakeFramework(
  onCreate: (
    configuration: VirtualMachineConfiguration,
    onEvent: (event: VirtualMachineEvent) => void,
    machine: FakeMachine,
  ) => void,
): { framework: Framework; machine: FakeMachine } {
  const machine: FakeMachine = { connections: [], released: 0 };
  const framework: Framework = {
    machineIdentifier: () => "identifier",
    create: (configuration, onEvent) => {
      onCreate(configuration, onEvent, machine);
      return {
        start: () => Promise.resolve(),
        stop: () => Promise.resolve(),
        [Symbol.asyncDispose]: () => {
          machine.released++;
          return Promise.resolve();
        },
      };
    },
  };
  return { framework, machine };
}

function specification(folder: string): MachineSpecification {
  return {
    architecture: "aarch64",
    cpus: 1,
    memory: 2 ** 28,
    kernel: "/kernel",
    commandLine: "",
    disks: [],
    network: false,
    ports: ["one", "two"],
    folder,
  };
}

function start(folder: string, virtualization: Framework, signal?: AbortSignal) {
  return startVz(specification(folder), {
    virtualization,
    macAddress: undefined,
    disks: [],
    signal,
    onConfiguration: undefined,
  });
}

const socketsOf = ({ console, ports }: VirtualMachineConfiguration) => [
  console,
  ...ports.map(({ socket }) => socket),
];

/** Whether the host has closed its end. */
async function isClosed(connection: Deno.Conn): Promise<boolean> {
  return await connection.read(new Uint8Array(1)).catch(() => null) === null;
}

Deno.test("startVz() fails with its own error if a connection cannot be accepted, and leaves nothing", async () => {
  await using folder = await temporaryFolder();
  const connected = Promise.withResolvers<void>();
  const { framework, machine } = fakeFramework((configuration, onEvent, machine) => {
    connect([configuration.console], machine).then(connected.resolve);
    onEvent({ kind: "guest-stopped", machine: 1, state: 0 });
  });
  const { listen } = Deno;
  Object.assign(Deno, {
    listen: (options: Deno.UnixListenOptions & { transport: "unix" }) => {
      const listener = listen(options);
      if (!options.path.endsWith("port1")) return listener;
      return Object.assign(listener, {
        accept: async () => {
          await connected.promise;
          throw new Error("no more descriptors");
        },
      });
    },
  });
  try {
    await assert.rejects(start(folder.path, framework), {
      code: "machine-start-failed",
      message: "Cannot start the virtual machine: its console and ports cannot be connected: " +
        "no more descriptors",
    });
  } finally {
    Object.assign(Deno, { listen });
  }
  assert.equal(machine.released, 1);
  assert.equal(await isClosed(machine.connections[0]!), true);
  machine.connections.forEach((connection) => connection.close());
  assert.deepEqual([...Deno.readDirSync(folder.path)], []);
});

Deno.test("startVz() ends with its signal while a machine does not connect", async () => {
  await using folder = await temporaryFolder();
  const controller = new AbortController();
  const reason = new Error("enough");
  let runtime = "";
  const { framework, machine } = fakeFramework((configuration, _onEvent, machine) => {
    runtime = Deno.readLinkSync(join(folder.path, "runtime"));
    connect(socketsOf(configuration).slice(0, 2), machine).then(() => controller.abort(reason));
  });
  await assert.rejects(start(folder.path, framework, controller.signal), reason);
  assert.equal(machine.released, 1);
  for (const connection of machine.connections) {
    assert.equal(await isClosed(connection), true);
    connection.close();
  }
  await assert.rejects(Deno.stat(runtime), Deno.errors.NotFound);
  assert.deepEqual([...Deno.readDirSync(folder.path)], []);
});

Deno.test("startVz() releases a machine that the framework does not make", async () => {
  await using folder = await temporaryFolder();
  const { framework } = fakeFramework(() => {
    throw new Error("refused");
  });
  await assert.rejects(start(folder.path, framework), /^Error: refused$/);
  assert.deepEqual([...Deno.readDirSync(folder.path)], []);
});

Deno.test("startVz() takes what the framework reports before the machine is there", async (t) => {
  const rows = [
    {
      event: { kind: "stopped-with-error", error: "out of order", machine: 1, state: 3 },
      end: { reason: "hypervisor-failed", detail: "out of order" },
    },
    {
      event: { kind: "guest-stopped", machine: 1, state: 0 },
      end: { reason: "power-off" },
    },
  ] as const;
  for (const { event, end } of rows) {
    await t.step(event.kind, async () => {
      await using folder = await temporaryFolder();
      const { framework, machine } = fakeFramework((configuration, onEvent, machine) => {
        onEvent(event);
        // The first reason wins.
        onEvent({ kind: "stopped-with-error", error: "later", machine: 1, state: 3 });
        connect(socketsOf(configuration), machine).then(() =>
          machine.connections.forEach((connection) => connection.close())
        );
      });
      await using running = await start(folder.path, framework);
      assert.deepEqual(await running.ended, end);
      assert.equal(machine.released, 1);
    });
  }
});
