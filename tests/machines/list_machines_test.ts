import assert from "node:assert/strict";
import { join } from "node:path";
import { findMachine, listMachines, MachineFolder, removeMachine } from "../../lib/machines/mod.ts";
import { temporaryFolder } from "../vm/support/temporary_folder.ts";
import { recordOf, statusOf } from "./support/records.ts";

const ROOM = new URL("../../lib/machines/mod.ts", import.meta.url).href;

function names(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
}

async function states(home: string): Promise<Record<string, string>> {
  return Object.fromEntries((await listMachines(home)).map(({ name, state }) => [name, state]));
}

async function writeStatus(folder: MachineFolder, ...changes: Parameters<typeof statusOf>) {
  await Deno.writeTextFile(join(folder.path, "status.json"), JSON.stringify(statusOf(...changes)));
}

Deno.test("listMachines() lists nothing if there is no home", async () => {
  assert.deepEqual(await listMachines("/nonexistent/home"), []);
});

Deno.test("listMachines() says what each machine does, whoever has it", async () => {
  await using home = await temporaryFolder();
  const folder = await MachineFolder.create(home.path, { name: "dev" });
  assert.deepEqual(await listMachines(home.path), [
    { name: "dev", path: folder.path, state: "starting" },
  ]);
  folder.writeRecord(recordOf("dev"));
  await writeStatus(folder);
  assert.deepEqual(await findMachine(home.path, "dev"), {
    name: "dev",
    path: folder.path,
    state: "running",
    record: recordOf("dev"),
    status: statusOf(),
  });
  await writeStatus(folder, { state: "stopping" });
  assert.deepEqual(await states(home.path), { dev: "stopping" });
  // Its owner dies: what it was said to do is no longer true.
  await folder[Symbol.asyncDispose]();
  const [stopped] = await listMachines(home.path);
  assert.equal(stopped?.state, "stopped");
  const { state, agent, addresses, end } = stopped.status!;
  assert.deepEqual({ state, agent, addresses, reason: end?.reason }, {
    state: "stopped",
    agent: false,
    addresses: [],
    reason: "supervisor-killed",
  });
  assert.deepEqual(await listMachines(home.path), [stopped]);
});

Deno.test("findMachine() says which names there are", async () => {
  await using home = await temporaryFolder();
  await using one = await MachineFolder.create(home.path, { name: "one" });
  await assert.rejects(findMachine(home.path, "two"), {
    code: "machine-not-found",
    message: "Cannot find a machine named two",
    data: { name: "two", machines: [one.name] },
  });
  for (const name of ["", "..", ".hidden", "a/b", "-x", "ä", "a\n", "x".repeat(64)]) {
    await assert.rejects(findMachine(home.path, name), { code: "invalid-machine-name" });
  }
});

Deno.test("listMachines() lives with whatever is in a machine's folder", async (t) => {
  await using home = await temporaryFolder();
  const machines = join(home.path, "machines");
  const path = join(machines, "odd");
  const whole = JSON.stringify(recordOf("odd"));
  const damaged = (problem: string) => ({ name: "odd", path, state: "damaged", problem });
  const rows: { name: string; make(file: string): Promise<unknown>; is: object }[] = [
    {
      name: "half of a file",
      make: (file) => Deno.writeTextFile(file, whole.slice(0, 100)),
      is: damaged("its machine.json cannot be read: it is not JSON"),
    },
    {
      name: "an empty file",
      make: (file) => Deno.writeTextFile(file, ""),
      is: damaged("its machine.json cannot be read: it is not JSON"),
    },
    {
      name: "a folder",
      make: (file) => Deno.mkdir(file),
      is: damaged("its machine.json cannot be read: it is not a file"),
    },
    {
      name: "a pipe",
      make: (file) => new Deno.Command("mkfifo", { args: [file] }).output(),
      is: damaged("its machine.json cannot be read: it is not a file"),
    },
    {
      name: "a link to what has no end",
      make: (file) => Deno.symlink("/dev/zero", file),
      is: damaged("its machine.json cannot be read: it is not a file"),
    },
    {
      name: "a huge file",
      make: async (file) => {
        await Deno.writeTextFile(file, whole);
        await Deno.truncate(file, 2 ** 40);
      },
      is: damaged("its machine.json cannot be read: it is too large"),
    },
    {
      name: "another machine's",
      make: (file) => Deno.writeTextFile(file, JSON.stringify(recordOf("even"))),
      is: damaged("its machine.json does not describe a machine"),
    },
    ...[
      ["a list", []],
      ["nothing", null],
      ["another version", { ...recordOf("odd"), version: 2 }],
      ["no image", { ...recordOf("odd"), image: "x" }],
      ["ports that are none", { ...recordOf("odd"), ports: [1] }],
      ["a number too large", { ...recordOf("odd"), memory: 1e300 }],
    ].map(([name, content]) => ({
      name: name as string,
      make: (file: string) => Deno.writeTextFile(file, JSON.stringify(content)),
      is: damaged("its machine.json does not describe a machine"),
    })),
    {
      name: "a status that is none",
      make: async (file) => {
        await Deno.writeTextFile(file, whole);
        await Deno.writeTextFile(join(path, "status.json"), '{"version":1,"state":"flying"}');
      },
      is: { name: "odd", path, state: "stopped", record: recordOf("odd") },
    },
  ];
  for (const { name, make, is } of rows) {
    await t.step(name, async () => {
      await Deno.mkdir(path, { recursive: true });
      await make(join(path, "machine.json"));
      assert.deepEqual(await listMachines(home.path), [is]);
      await removeMachine(home.path, "odd");
      assert.deepEqual(names(machines), []);
    });
  }
});

Deno.test("listMachines() leaves alone what is not a machine", async () => {
  await using home = await temporaryFolder();
  const machines = join(home.path, "machines");
  await Deno.mkdir(join(machines, "not a name"), { recursive: true });
  await Deno.writeTextFile(join(machines, "file"), "");
  await Deno.symlink("/", join(machines, "link"));
  assert.deepEqual(await listMachines(home.path), []);
  assert.deepEqual(names(machines), ["file", "link", "not a name"]);
});

Deno.test("listMachines() finishes what a killed process was removing", async () => {
  await using home = await temporaryFolder();
  await Deno.mkdir(join(home.path, "machines/.removed-1/folder"), { recursive: true });
  assert.deepEqual(await listMachines(home.path), []);
  assert.deepEqual(names(join(home.path, "machines")), []);
});

Deno.test("removeMachine() removes only what does not run", async () => {
  await using home = await temporaryFolder();
  await assert.rejects(removeMachine(home.path, "dev"), { code: "machine-not-found" });
  const folder = await MachineFolder.create(home.path, { name: "dev" });
  folder.writeRecord(recordOf("dev"));
  await assert.rejects(removeMachine(home.path, "dev"), {
    code: "machine-running",
    message: "Cannot remove the machine dev: it runs",
    data: { name: "dev" },
  });
  await folder[Symbol.asyncDispose]();
  await removeMachine(home.path, "dev");
  assert.deepEqual(names(join(home.path, "machines")), []);
});

Deno.test("removeMachine() waits until the owner of a machine that has ended lets go", async () => {
  await using home = await temporaryFolder();
  const folder = await MachineFolder.create(home.path, { name: "dev" });
  folder.writeRecord(recordOf("dev"));
  await writeStatus(folder, { state: "stopped" });
  const removed = removeMachine(home.path, "dev");
  await new Promise((resolve) => setTimeout(resolve, 50));
  await folder[Symbol.asyncDispose]();
  await removed;
  assert.deepEqual(names(join(home.path, "machines")), []);
});

Deno.test("MachineFolder.create() gives a name once, and a kept machine keeps it", async () => {
  await using home = await temporaryFolder();
  const taken = { code: "machine-exists", data: { name: "dev" } };
  const first = await MachineFolder.create(home.path, { name: "dev" });
  await assert.rejects(MachineFolder.create(home.path, { name: "dev" }), taken);
  await first[Symbol.asyncDispose]();
  const second = await MachineFolder.create(home.path, { name: "dev" });
  second.writeRecord(recordOf("dev"));
  await second[Symbol.asyncDispose]();
  await assert.rejects(MachineFolder.create(home.path, { name: "dev" }), taken);
  await assert.rejects(MachineFolder.create(home.path, { name: "../dev" }), {
    code: "invalid-machine-name",
  });
  const third = await MachineFolder.open(home.path, "dev");
  assert.deepEqual(third.record, recordOf("dev"));
  await assert.rejects(MachineFolder.open(home.path, "dev"), { code: "machine-running" });
  await third.remove();
  await assert.rejects(MachineFolder.open(home.path, "dev"), { code: "machine-not-found" });
});

Deno.test("MachineFolder.create() gives a name to one of many processes", async () => {
  await using home = await temporaryFolder();
  const script = join(home.path, "script.ts");
  await Deno.writeTextFile(
    script,
    `
    import { listMachines, MachineFolder } from ${JSON.stringify(ROOM)};
    const home = ${JSON.stringify(home.path)};
    const named = MachineFolder.create(home, { name: "dev" }).then(() => 1, () => 0);
    const others = await Promise.all(Array.from({ length: 5 }, () => MachineFolder.create(home)));
    for (let i = 0; i < 5; i++) await listMachines(home);
    for (const other of others) await other[Symbol.asyncDispose]();
    console.log(await named);
    await Deno.stdin.read(new Uint8Array(1));
  `,
  );
  const children = Array.from({ length: 8 }, () =>
    new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-config", script],
      stdin: "piped",
      stdout: "piped",
    }).spawn());
  const answers = await Promise.all(children.map(async ({ stdout }) => {
    const reader = stdout.getReader();
    const { value } = await reader.read();
    await reader.cancel();
    return new TextDecoder().decode(value).trim();
  }));
  assert.deepEqual(answers.sort(), [..."0000000", "1"]);
  assert.deepEqual(await states(home.path), { dev: "starting" });
  for (const { stdin, status } of children) {
    await stdin.close();
    await status;
  }
  assert.deepEqual(await states(home.path), {});
});

Deno.test("MachineFolder hands a machine over while others look at it", async () => {
  await using home = await temporaryFolder();
  const folder = await MachineFolder.create(home.path, { name: "dev" });
  let looking = true;
  const lookers = Promise.all(Array.from({ length: 4 }, async () => {
    while (looking) assert.deepEqual(await states(home.path), { dev: "starting" });
  }));
  let owner: MachineFolder | undefined;
  await folder.handOver(home.path, async () => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    owner = await MachineFolder.takeOver(folder.path);
  });
  await folder[Symbol.asyncDispose]();
  looking = false;
  await lookers;
  assert.deepEqual(await states(home.path), { dev: "starting" });
  await owner![Symbol.asyncDispose]();
  assert.deepEqual(names(join(home.path, "machines")), []);
});
