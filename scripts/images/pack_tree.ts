import { runProgram } from "./run_program.ts";

/** Packs a folder into a tar archive, with root as the owner of everything. */
export async function packTree(tree: string, file: string): Promise<void> {
  const owners = Deno.uid() === 0 ? [] : ["--owner=root:0", "--group=root:0"];
  const format = ["--format=pax", "--numeric-owner", "--sort=name", ...owners];
  await runProgram("tar", ["--create", "--file", file, ...format, "--directory", tree, "."]);
}
