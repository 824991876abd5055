/** Completion for bash: 3.2, which macOS has, and newer. */
export const BASH_SCRIPT: string = String.raw`# Completion of snapvm for bash.

_snapvm() {
  local rest=\${COMP_LINE:0:COMP_POINT} words=() last=-1 word program candidate part breaks home
  # bash takes words apart at : and =, which are parts of ours: put together again what has no space in between.
  for word in "\${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
    if [[ $last -lt 0 || $rest == [[:space:]]* ]]; then
      rest=\${rest#"\${rest%%[![:space:]]*}"}
      last=$((last + 1))
      words[last]=
    fi
    [[ $rest == "$word"* ]] || word=$rest
    words[last]+=$word
    rest=\${rest#"$word"}
  done
  program=\${words[0]/#\~\//$HOME/}
  # An alias has no program of its name.
  type -t "$program" >/dev/null && [[ $(type -t "$program") != alias ]] || program=snapvm

  # bash replaces what follows the last character at which it takes words apart, unless the word is quoted.
  word=\${words[last]} part= breaks=\${COMP_WORDBREAKS//[^:=]/}
  words=("\${words[@]//[\\\"\']/}")
  if [[ $word != [\"\']* && -n $breaks ]]; then
    part=\${words[last]%"\${words[last]##*[$breaks]}"}
  fi
  COMPREPLY=()
  while IFS=$'\t' read -r candidate _; do
    candidate=\${candidate#"$part"}
    if [[ $word == [\"\']* ]]; then
      # bash does not quote what it inserts: nothing in it may mean something to a shell.
      [[ $candidate != *[\"\$\\\`\!\']* ]] || continue
    else
      # A tilde means a home only if it is not quoted.
      home=
      [[ $candidate != \~/* ]] || home=\~/ candidate=\${candidate:2}
      printf -v candidate %q "$candidate"
      candidate=$home$candidate
      # More can follow what ends with a slash.
      [[ $candidate == */ ]] || candidate+=' '
    fi
    COMPREPLY+=("$candidate")
  done < <("$program" complete -- "\${words[@]:1}" 2>/dev/null </dev/null)
}
complete -o nospace -F _snapvm snapvm
`.replaceAll("\\$", "$");
