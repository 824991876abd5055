import assert from "node:assert/strict";
import { LastWords } from "../../../lib/vm/vz/last_words.ts";

const PANIC = [
  "[    3.066187] Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000300",
  "[    3.066437] CPU: 0 PID: 1 Comm: init Not tainted 6.1.0-56-cloud-amd64 #1",
  "[    3.067086] Call Trace:",
  "[    3.067452]  <TASK>",
  "",
].join("\r\n");
const RESTART = "[    2.913364] reboot: Restarting system\r\n";

const rows = [
  { name: "nothing", text: "", meaning: undefined },
  { name: "a restart", text: `bye\r\n${RESTART}`, meaning: "reset" },
  {
    name: "a restart on x86 that is not quiet",
    text: `${RESTART}[    2.913902] reboot: machine restart\r\n`,
    meaning: "reset",
  },
  {
    name: "a restart for a reason",
    text: RESTART.replace("\r", " with command 'x'\r"),
    meaning: "reset",
  },
  { name: "a restart without timestamps", text: "reboot: Restarting system\r\n", meaning: "reset" },
  {
    name: "a restart with the caller",
    text: RESTART.replace("] ", "][    T1] "),
    meaning: "reset",
  },
  { name: "a restart behind a prompt", text: `login: ${RESTART}`, meaning: "reset" },
  {
    name: "a restart in colour",
    text: `\x1b[0m${RESTART.replace("reboot", "\x1b[1mreboot")}`,
    meaning: "reset",
  },
  { name: "a power-off", text: "[    2.913364] reboot: Power down\r\n", meaning: undefined },
  { name: "an old restart and a prompt", text: `${RESTART}~ # `, meaning: undefined },
  { name: "an old restart and more", text: `${RESTART}that was yesterday\r\n`, meaning: undefined },
  {
    name: "a restart in the middle of a line",
    text: "see reboot: Restarting system\r\n",
    meaning: undefined,
  },
  { name: "a restart that has not all come", text: RESTART.trimEnd(), meaning: undefined },
  { name: "a panic", text: PANIC, meaning: "panic" },
  { name: "a panic's first line", text: `${PANIC.split("\r\n")[0]}\r\n`, meaning: "panic" },
  {
    name: "a panic that waits",
    text: `${PANIC}[    3.070224] Rebooting in 1 seconds..\n`,
    meaning: "panic",
  },
  {
    name: "a panic that stays, without timestamps",
    text:
      "Kernel panic - not syncing: VFS\r\nCPU: 0\r\n---[ end Kernel panic - not syncing: VFS ]---\r\n",
    meaning: "panic",
  },
  { name: "an old panic and a prompt", text: `${PANIC}~ # `, meaning: undefined },
  { name: "an old panic and what follows", text: `${PANIC}~ # sleep 100\r\n`, meaning: undefined },
  {
    name: "a panic long ago",
    text: `${PANIC}${"[    4.000000] x\r\n".repeat(2000)}`,
    meaning: undefined,
  },
  { name: "a line of the kernel", text: "[    3.067452]  <TASK>\r\n", meaning: undefined },
] as const;

Deno.test("LastWords.meaning tells a panic and a restart, and nothing else, from a console's end", async (t) => {
  for (const { name, text, meaning } of rows) {
    await t.step(name, () => {
      const bytes = new TextEncoder().encode(text);
      for (const size of [1, 7, 100_000]) {
        const lastWords = new LastWords();
        for (let start = 0; start < bytes.length; start += size) {
          lastWords.push(bytes.slice(start, start + size));
        }
        assert.equal(lastWords.meaning, meaning);
      }
    });
  }
});

Deno.test("LastWords finds its words behind any flood", () => {
  const lastWords = new LastWords();
  for (const size of [1, 16_383, 16_384, 16_385, 40_000, 1_000_000]) {
    lastWords.push(new Uint8Array(size).fill(0x61));
    assert.equal(lastWords.meaning, undefined);
    lastWords.push(new TextEncoder().encode(`\n${RESTART}`));
    assert.equal(lastWords.meaning, "reset");
  }
});
