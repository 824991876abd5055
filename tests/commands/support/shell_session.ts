import { fileURLToPath } from "node:url";

/** The shells that snapvm has completions for. */
export type Shell = "bash" | "zsh" | "fish";

/** How a shell is started at a terminal: the file that it reads first, and what that says. */
const STARTS: Readonly<Record<Shell, { file: string; command: string; commands: string }>> = {
  // Ctrl-G writes the line into a file and empties it; Ctrl-T puts all candidates into it.
  bash: {
    file: "rc.bash",
    command: "bash --noprofile --rcfile rc.bash -i",
    commands: String.raw`
      eval "$(snapvm completions bash)"
      write_line() { printf '%s\n' "$READLINE_LINE" >>"$LINES_FILE"; READLINE_LINE=; READLINE_POINT=0; }
      bind -x '"\C-g": write_line'
      bind '"\C-t": insert-completions'
      PS1='READY> '
    `,
  },
  zsh: {
    file: ".zshrc",
    command: "zsh --interactive",
    commands: String.raw`
      autoload -U compinit
      compinit -u -D
      eval "$(snapvm completions zsh)"
      write_line() { print -r -- "$BUFFER" >>"$LINES_FILE"; BUFFER=; }
      zle -N write_line
      bindkey '^G' write_line
      insert_all() { _main_complete; compstate[insert]=all; }
      zle -C insert_all complete-word insert_all
      bindkey '^T' insert_all
      PS1='READY> '
    `,
  },
  fish: {
    file: "rc.fish",
    command: "fish --no-config --interactive --init-command 'source rc.fish'",
    commands: String.raw`
      snapvm completions fish | source
      function write_line
        commandline >>$LINES_FILE
        commandline --replace ''
      end
      bind \cg write_line
      function insert_all
        commandline --replace (commandline)(complete -C (commandline) | string split --fields 1 \t | string join ' ')
      end
      bind \ct insert_all
      function fish_prompt
        printf 'READY> '
      end
    `,
  },
};

/** What a person presses after a line: Tab, or a key that inserts all candidates. */
export const KEYS = { tab: "\t", all: "\x14" } as const;

/**
 * Types lines into a shell at a terminal, each followed by a key, and returns what becomes of them. None is run.
 *
 * @param shell The shell.
 * @param folder Where it is, and what its home is; `bin/snapvm` in it is the program.
 * @param typed The lines.
 * @param key The key.
 * @param env More environment.
 * @returns The lines as they are then.
 */
export async function typeInto(
  shell: Shell,
  folder: string,
  typed: readonly string[],
  key: string,
  env: Readonly<Record<string, string>>,
): Promise<string[]> {
  const { file, command, commands } = STARTS[shell];
  const linesFile = `${folder}/lines`;
  await Deno.writeTextFile(`${folder}/${file}`, commands);
  await Deno.writeTextFile(linesFile, "");
  const session = new Deno.Command("script", {
    args: ["--quiet", "--flush", "--return", "--command", command, "/dev/null"],
    cwd: folder,
    env: {
      ...env,
      HOME: folder,
      ZDOTDIR: folder,
      PATH: `${folder}/bin:${Deno.env.get("PATH")}`,
      TERM: "xterm",
      LC_ALL: "C.UTF-8",
      SHELL: "/bin/sh",
      LINES_FILE: linesFile,
    },
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const keyboard = session.stdin.getWriter();
  let screen = "";
  let isReady = false;
  for await (const text of session.stdout.pipeThrough(new TextDecoderStream())) {
    screen += text;
    if (isReady || !screen.includes("READY>")) continue;
    isReady = true;
    const keys = typed.map((line) => `${line}${key}\x07`).join("") + "exit\r";
    await keyboard.write(new TextEncoder().encode(keys));
  }
  await keyboard.close();
  await session.status;
  const lines = (await Deno.readTextFile(linesFile)).split("\n").slice(0, -1);
  if (lines.length !== typed.length) throw new Error(`${shell} showed:\n${screen}`);
  return lines;
}

/** Puts `bin/snapvm` into a folder: this checkout's. */
export async function installSnapvm(folder: string): Promise<void> {
  const cli = fileURLToPath(new URL("../../../cli.ts", import.meta.url));
  await Deno.mkdir(`${folder}/bin`);
  await Deno.writeTextFile(
    `${folder}/bin/snapvm`,
    `#!/bin/sh\nexec '${Deno.execPath()}' run --quiet --allow-all '${cli}' "$@"\n`,
    { mode: 0o755 },
  );
}
