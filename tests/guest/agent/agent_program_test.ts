import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { gunzipSync } from "node:zlib";
import {
  AGENT_COMPILER,
  AGENT_GZIP_BASE64,
  AGENT_SHA256,
  AGENT_SOURCES_SHA256,
} from "../../../lib/guest/agent/agent_program.ts";
import {
  AGENT_PROCESSORS,
  agentCompiler,
  buildAgent,
  hashAgentPrograms,
  hashAgentSources,
} from "../../../scripts/embed_agent.ts";

const REBUILD = "The agent's source has changed: run `deno run -A scripts/embed_agent.ts`.";
const LIMIT = 64 * 1024;

Deno.test("the embedded agent is built from the source in the tree", async () => {
  assert.equal(await hashAgentSources(), AGENT_SOURCES_SHA256, REBUILD);
  const rebuilt = hashAgentPrograms(await buildAgent());
  // Other compilers make other bytes.
  if (await agentCompiler() === AGENT_COMPILER) assert.equal(rebuilt, AGENT_SHA256, REBUILD);
});

Deno.test("the agent is a static program of at most 64 KiB for each processor", () => {
  const programs = AGENT_PROCESSORS.map((processor) => {
    const bytes = new Uint8Array(gunzipSync(Buffer.from(AGENT_GZIP_BASE64[processor], "base64")));
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    assert.ok(bytes.length <= LIMIT, `${processor}: ${bytes.length} bytes`);
    assert.deepEqual([...bytes.subarray(0, 4)], [0x7f, 0x45, 0x4c, 0x46]);
    // An executable at fixed addresses, without an interpreter, for this processor.
    assert.equal(view.getUint16(16, true), 2);
    assert.equal(view.getUint16(18, true), { x86_64: 62, aarch64: 183 }[processor]);
    const table = Number(view.getBigUint64(32, true));
    const types = Array.from(
      { length: view.getUint16(56, true) },
      (_, index) => view.getUint32(table + index * view.getUint16(54, true), true),
    );
    assert.ok(!types.includes(3), "it has an interpreter");
    return bytes;
  });
  assert.equal(hashAgentPrograms(programs), AGENT_SHA256);
});
