import assert from "node:assert/strict";
import {
  type Command,
  type CommandGroup,
  isGroup,
} from "../../../lib/commands/command_line/command.ts";
import { findCommand } from "../../../lib/commands/command_line/find_command.ts";
import { formatHelp } from "../../../lib/commands/command_line/format_help.ts";
import { optionName } from "../../../lib/commands/command_line/option.ts";
import { PROGRAM } from "../../../lib/commands/program.ts";

/** Every command and group, with the words that lead to it. */
function everything(
  target: Command | CommandGroup = PROGRAM,
  words: readonly string[] = [],
): { target: Command | CommandGroup; words: readonly string[] }[] {
  const below = isGroup(target) ? target.commands : [];
  return [
    { target, words },
    ...below.flatMap((each) => everything(each, [...words, each.name])),
  ];
}

Deno.test("formatHelp() shows usage, description, arguments and options of a command", () => {
  assert.equal(
    formatHelp(findCommand(PROGRAM, ["kernel"]), 80),
    `Usage: snapvm kernel [options] IMAGE -o DIR

Extracts what a hypervisor needs to boot an image: the files kernel (a bzImage
or a raw arm64 Image, unpacked if the image has it compressed), initramfs (as
the image has it; empty if it has none) and cmdline. Files with these names are
replaced.

--json prints an object: kernel, initramfs, cmdline (the paths), commandLine,
version, architecture, format, kernelSize and initramfsSize (bytes).

Arguments:
  IMAGE                  which image

Options:
  -o, --output <dir>     the folder to write into; it is made if it is missing
  --sync                 wait until the files are on the disk, to outlive a
                         power failure
  --kernel <kernel>      which of the image's kernels: a version, or its path
  --json                 print JSON
  --platform <platform>  which of the image's platforms: linux/arm64
  --pull <when>          when to bring or unpack the image first (default:
                         missing; never where container is installed) (choices:
                         missing, always, never)
  --unpack               use snapvm's own snapshot; make it out of the layers if
                         it is not there
  --store <dir>          read this store before the others (SNAPVM_STORE)
  --plain-http           talk to the registry without TLS
  --ca-file <file>       trust the certificates in this file (PEM) too
  --authfile <file>      take the registry's credentials from this file
  --debug                show what is done, and the stack of an error
  -h, --help             print this help
`,
  );
});

Deno.test("formatHelp() shows defaults and choices", () => {
  const help = formatHelp(findCommand(PROGRAM, ["run"]), 80);
  assert.match(help, /^Usage: snapvm run \[options\] IMAGE \[-- CMD\.\.\.\]\n/);
  assert.match(help, /^ {2}--memory <size> {8}memory: .* \(default: 2G\)$/m);
  assert.match(help, /\(default: vz on macOS, elsewhere qemu\)\n {25}\(choices: qemu, vz\)\n/);
});

Deno.test("formatHelp() keeps to the width, whatever it is", () => {
  for (const { words } of everything()) {
    for (const width of [60, 80, 132]) {
      const help = formatHelp(findCommand(PROGRAM, words), width);
      const long = help.split("\n").filter((line) => line.length > width);
      assert.deepEqual(long, [], words.join(" "));
      assert.doesNotMatch(help, / $/m);
    }
  }
});

Deno.test("every command is in help, has options with names of their own, and does something", async (t) => {
  for (const { target, words } of everything()) {
    await t.step(`snapvm ${words.join(" ")}`, async () => {
      const names = ["--help", "-h", "--version", "-V"];
      for (const [name, { short, excludes }] of Object.entries(target.options)) {
        if (target !== PROGRAM) names.push(optionName(name), ...short ? [`-${short}`] : []);
        assert(excludes === undefined || excludes in target.options);
      }
      assert.equal(new Set(names).size, names.length);
      if (isGroup(target)) return;
      assert.equal(typeof await target.load(), "function");
      const group = findCommand(PROGRAM, words.slice(0, -1));
      assert.equal(formatHelp(group, 200).includes(target.summary), !target.hidden);
    });
  }
});
