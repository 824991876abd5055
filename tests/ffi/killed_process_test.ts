import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { readProcessFile } from "../host/support/read_process_file.ts";

Deno.test("a machine on the double ends with its process, as one of the framework does", async () => {
  const program = fileURLToPath(new URL("support/killed_process.ts", import.meta.url));
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", program],
    stdout: "piped",
  }).spawn();
  const reader = process.stdout.getReader();
  const { value } = await reader.read();
  const hypervisor = Number(new TextDecoder().decode(value));
  assert.ok(isThere(hypervisor));
  process.kill("SIGKILL");
  await process.status;
  await reader.cancel();
  for (let attempt = 0; attempt < 1500 && isThere(hypervisor); attempt++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.ok(!isThere(hypervisor));
});

function isThere(process: number): boolean {
  const status = readProcessFile(`/proc/${process}/status`);
  // A zombie has ended too.
  return status !== undefined && !/^State:\tZ/m.test(status);
}
