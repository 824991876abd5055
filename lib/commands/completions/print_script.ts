import { print } from "../../ui/mod.ts";
import { BASH_SCRIPT } from "./bash_script.ts";
import { FISH_SCRIPT } from "./fish_script.ts";
import { ZSH_SCRIPT } from "./zsh_script.ts";

const SCRIPTS: Readonly<Record<string, string>> = {
  bash: BASH_SCRIPT,
  fish: FISH_SCRIPT,
  zsh: ZSH_SCRIPT,
};

/** `snapvm completions`. */
export function printScript(_options: unknown, shell: string): void {
  print(SCRIPTS[shell] ?? "");
}
