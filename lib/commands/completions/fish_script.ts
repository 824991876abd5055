/** Completion for fish. */
export const FISH_SCRIPT: string = String.raw`# Completion of snapvm for fish.

function __snapvm_complete
    set -l words (commandline --tokenize --cut-at-cursor --current-process)
    set -l typed (commandline --cut-at-cursor --current-token | string trim --left --chars '"\'' | string unescape)
    set -l program $words[1]
    # The name of an alias is not a program.
    type --query -- $program; or set program snapvm
    $program complete -- $words[2..] "$typed" 2>/dev/null </dev/null
end

complete --command snapvm --no-files --arguments '(__snapvm_complete)'
`;
