/** Completion for zsh: evaluated, or as the file `_snapvm` in a folder of `fpath`. */
export const ZSH_SCRIPT: string = String.raw`#compdef snapvm
# Completion of snapvm for zsh.

_snapvm() {
  local program=\${(Q)~words[1]} line value
  local -a finished unfinished
  # An alias has no program of its name.
  (( $+commands[$program] || $+functions[$program] )) || [[ -x $program ]] || program=snapvm
  for line in "\${(@f)$($program complete -- "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null </dev/null)}"; do
    [[ -n $line ]] || continue
    value=\${line%%$'\t'*}
    line=\${value//:/\\:}\${line#$value}
    # More can follow what ends with a slash.
    if [[ $value == */ ]]; then unfinished+=("\${line/$'\t'/:}"); else finished+=("\${line/$'\t'/:}"); fi
  done
  local result=1
  (( $#finished )) && _describe -t values value finished && result=0
  (( $#unfinished )) && _describe -t values value unfinished -S '' && result=0
  return result
}

if [[ $funcstack[1] == _snapvm ]]; then _snapvm "$@"; else compdef _snapvm snapvm; fi
`.replaceAll("\\$", "$");
