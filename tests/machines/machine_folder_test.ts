import assert from "node:assert/strict";
import { join } from "node:path";
import { MachineFolder, removeStaleMachines } from "../../lib/machines/mod.ts";
import { createRuntimeFolder, removeRuntimeFolder } from "../../lib/machines/runtime_folder.ts";
import { runAsAnotherUser } from "../host/support/another_user.ts";
import { temporaryFolder } from "../vm/support/temporary_folder.ts";

const ROOM = new URL("../../lib/machines/mod.ts", import.meta.url).href;
const RUNTIME = new URL("../../lib/machines/runtime_folder.ts", import.meta.url).href;

function names(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), ({ name }) => name);
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

Deno.test("MachineFolder.create() makes private folders that disappear with their owner", async () => {
  await using home = await temporaryFolder();
  const machines = join(home.path, "not yet there", "machines");
  let runtime: string;
  {
    await using first = await MachineFolder.create(join(home.path, "not yet there"));
    await using second = await MachineFolder.create(join(home.path, "not yet there"));
    assert.equal(first.path, join(machines, first.name));
    assert.notEqual(first.name, second.name);
    assert.deepEqual(names(machines).sort(), [first.name, second.name].sort());
    assert.equal((await Deno.stat(machines)).mode! & 0o777, 0o700);
    assert.equal((await Deno.stat(first.path)).mode! & 0o777, 0o700);
    await Deno.writeTextFile(join(first.path, "disk0.qcow2"), "");
    runtime = await createRuntimeFolder(first.path);
    assert.equal((await Deno.stat(runtime)).mode! & 0o777, 0o700);
    // The longest name of a socket fits macOS's limit.
    assert.ok(join(runtime, "port31").length < 104);
  }
  assert.deepEqual(names(machines), []);
  assert.equal(await exists(runtime), false);
});

Deno.test("removeStaleMachines() has nothing to do if there is no home", async () => {
  assert.deepEqual(await removeStaleMachines("/nonexistent/home"), []);
});

Deno.test("removeStaleMachines() leaves machines whose owner lives", async () => {
  await using home = await temporaryFolder();
  await using machine = await MachineFolder.create(home.path);
  assert.deepEqual(await removeStaleMachines(home.path), []);
  assert.deepEqual(names(join(home.path, "machines")), [machine.name]);
});

Deno.test("removeStaleMachines() removes all that a killed process has left", async () => {
  await using home = await temporaryFolder();
  const script = `
    import { MachineFolder } from ${JSON.stringify(ROOM)};
    import { createRuntimeFolder } from ${JSON.stringify(RUNTIME)};
    const machine = await MachineFolder.create(${JSON.stringify(home.path)});
    const runtime = await createRuntimeFolder(machine.path);
    await Deno.mkdir(machine.path + "/folder");
    await Deno.writeTextFile(machine.path + "/folder/file", "");
    await Deno.writeTextFile(runtime + "/monitor", "");
    console.log(JSON.stringify({ name: machine.name, runtime }));
    await new Promise((resolve) => setTimeout(resolve, 1e6));
  `;
  const file = join(home.path, "script.ts");
  await Deno.writeTextFile(file, script);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-config", file],
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  const { name, runtime } = JSON.parse(new TextDecoder().decode((await reader.read()).value));
  await using living = await MachineFolder.create(home.path);
  assert.deepEqual(await removeStaleMachines(home.path), []);
  child.kill("SIGKILL");
  await child.status;
  await reader.cancel();

  assert.deepEqual(await removeStaleMachines(home.path), [name]);
  assert.equal(await exists(runtime), false);
  assert.deepEqual(names(join(home.path, "machines")), [living.name]);
});

Deno.test("removeStaleMachines() removes a folder that was never finished", async () => {
  await using home = await temporaryFolder();
  await Deno.mkdir(join(home.path, "machines", "half"), { recursive: true });
  assert.deepEqual(await removeStaleMachines(home.path), ["half"]);
});

Deno.test("removeStaleMachines() leaves what sudo has left, and goes on", async () => {
  await using home = await temporaryFolder();
  const machines = join(home.path, "machines");
  await Deno.mkdir(join(machines, "of-root"), { recursive: true, mode: 0o700 });
  await Deno.mkdir(join(machines, "own"));
  for (const path of [machines, join(machines, "own")]) await Deno.chown(path, 65534, null);
  const removed = await runAsAnotherUser(
    `import { removeStaleMachines } from ${JSON.stringify(ROOM)};`,
    `console.log(JSON.stringify(await removeStaleMachines(${JSON.stringify(home.path)})));`,
    home.path,
  );
  assert.deepEqual(JSON.parse(removed), ["own"]);
  assert.deepEqual(names(machines).sort(), ["of-root"]);
});

Deno.test("creating and cleaning up at the same time do not disturb each other", async () => {
  await using home = await temporaryFolder();
  const created = Array.from({ length: 40 }, () => MachineFolder.create(home.path));
  const cleaned = Array.from({ length: 40 }, () => removeStaleMachines(home.path));
  await Promise.all(cleaned);
  const machines = await Promise.all(created);
  assert.deepEqual(
    names(join(home.path, "machines")).sort(),
    machines.map(({ name }) => name).sort(),
  );
  for (const machine of machines) await machine[Symbol.asyncDispose]();
  assert.deepEqual(names(join(home.path, "machines")), []);
});

Deno.test("removeRuntimeFolder() follows no link that it has not made", async () => {
  await using folder = await temporaryFolder();
  const precious = join(folder.path, "precious");
  const machine = join(folder.path, "machine");
  await Deno.mkdir(precious);
  await Deno.mkdir(machine);
  for (const target of [precious, `/tmp/snapvm-/../..${precious}`]) {
    await Deno.symlink(target, join(machine, "runtime"));
    await removeRuntimeFolder(machine);
    assert.equal(await exists(precious), true);
    assert.deepEqual(names(machine), []);
  }
});
