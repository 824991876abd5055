/** Completion for zsh: evaluated, or as the file `_snapvm` in a folder of `fpath`. */
export const ZSH_SCRIPT: string = String.raw`#compdef snapvm
# Completion of snapvm for zsh.

_snapvm() {
  local program=\${(Q)~words[1]} typed=\${(Q)PREFIX} home= line value entry
  local -a lines finished unfinished
  # The name of an alias is not a program.
  (( $+commands[$program] || $+functions[$program] )) || [[ -x $program ]] || program=snapvm
  lines=("\${(@f)$($program complete -- "\${(@Q)words[2,CURRENT-1]}" "$typed" 2>/dev/null </dev/null)}")
  # A quoted tilde is not the home folder, and zsh quotes what it inserts.
  compset -P '\~/' && home=\~/
  for line in $lines; do
    value=\${\${line%%$'\t'*}#$home}
    entry=\${value//:/\\:}
    [[ $line == *$'\t'* ]] && entry+=:\${line#*$'\t'}
    # What ends with a slash can be continued.
    if [[ $value == */ ]]; then unfinished+=($entry); else finished+=($entry); fi
  done
  local result=1
  (( $#finished )) && _describe -t values value finished && result=0
  (( $#unfinished )) && _describe -t values value unfinished -S '' && result=0
  return result
}

if [[ $funcstack[1] == _snapvm ]]; then _snapvm "$@"; else compdef _snapvm snapvm; fi
`
  // Only so can a template hold `${`.
  .replaceAll("\\$", "$");
