/**
 * Other people's programs: run to their end, and the kernel's loop mount, which is always taken down again.
 *
 * @module
 */

import { Buffer } from "node:buffer";

import { KernelFile } from "./libc.ts";

/** Runs `program` to its end and returns its output; throws with its error output when its status is not allowed. */
export async function run(
  program: string,
  args: readonly string[],
  options: { input?: string; statuses?: readonly number[] } = {},
): Promise<string> {
  const child = new Deno.Command(program, {
    args: [...args],
    env: {
      LC_ALL: "C",
      DEBUGFS_PAGER: "__none__",
      // e2fsprogs' own clock: the same commands make the same image.
      E2FSPROGS_FAKE_TIME: "1700000000",
    },
    stdin: options.input === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (options.input !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(options.input));
    await writer.close();
  }
  const { code, stdout, stderr } = await child.output();
  // Names in the output are bytes: one character each.
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");
  if (!(options.statuses ?? [0]).includes(code)) {
    throw new Error(
      `${program} ${args.join(" ")} ended with status ${code}:\n${text(stdout)}${text(stderr)}`,
    );
  }
  return text(stdout);
}

/**
 * Mounts `image` through a loop device for as long as `use` takes. Needs root.
 *
 * The mount has no place in the tree of folders, only an open file: it ends with this process, no matter how.
 */
export async function withMount<Result>(
  image: string,
  options: string,
  use: (root: string) => Result | Promise<Result>,
): Promise<Result> {
  const folder = await Deno.makeTempDir({ prefix: "snapvm-mount-" });
  let root: KernelFile;
  try {
    // `loop` makes the device detach itself when the mount ends.
    await run("mount", ["-t", "ext4", "-o", `loop,${options}`, image, folder]);
    try {
      root = KernelFile.openFolder(folder);
    } finally {
      await run("umount", ["--lazy", folder]);
    }
  } finally {
    await Deno.remove(folder);
  }
  try {
    return await use(root.path);
  } finally {
    root[Symbol.dispose]();
  }
}

/** Runs commands in one `debugfs` and returns what each printed. */
export async function debugfs(
  image: string,
  commands: readonly string[],
  flags: readonly string[] = [],
): Promise<string[]> {
  if (commands.length === 0) return [];
  const file = await Deno.makeTempFile({ prefix: "snapvm-debugfs-" });
  try {
    await Deno.writeFile(file, Buffer.from(commands.join("\n") + "\n", "latin1"));
    const output = await run("debugfs", [...flags, "-f", file, image]);
    const answers: string[] = [];
    let rest = output;
    for (const command of commands) {
      const echo = `debugfs: ${command}\n`;
      const start = rest.indexOf(echo);
      if (start < 0) throw new Error(`debugfs did not answer ${command}:\n${output}`);
      if (answers.length > 0) answers[answers.length - 1] = rest.slice(0, start);
      rest = rest.slice(start + echo.length);
      answers.push(rest);
    }
    return answers;
  } finally {
    await Deno.remove(file);
  }
}
