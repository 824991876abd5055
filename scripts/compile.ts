/**
 * Makes one binary of snapvm: `deno task compile [TARGET] [OUTPUT]`.
 *
 * TARGET is a target of `deno compile` (`aarch64-apple-darwin`; default: this machine), OUTPUT the binary's path (default:
 * `dist/snapvm`). The binary has every permission: it starts a hypervisor and reads whatever image it is given.
 *
 * @module
 */
import { dirname } from "node:path";

const [target, output = "dist/snapvm"] = Deno.args;
const root = new URL("..", import.meta.url);
await Deno.mkdir(new URL(dirname(output), root), { recursive: true });
const compile = new Deno.Command(Deno.execPath(), {
  args: [
    "compile",
    "--allow-all",
    // What is imported when it is needed, which Deno cannot see.
    ...["--include", "lib"],
    ...target === undefined ? [] : ["--target", target],
    ...["--output", output],
    "cli.ts",
  ],
  cwd: root,
});
const { code } = await compile.spawn().status;
Deno.exit(code);
