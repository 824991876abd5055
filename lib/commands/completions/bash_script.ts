/** Completion for bash: 3.2, which macOS has, and newer. */
export const BASH_SCRIPT: string = String.raw`# Completion of snapvm for bash.

_snapvm() {
  local rest=\${COMP_LINE:0:COMP_POINT} words=() last=-1 word program candidate part breaks home
  # bash splits words at : and =, which our words contain: join what has no space in between.
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
  # The name of an alias is not a program.
  type -t "$program" >/dev/null && [[ $(type -t "$program") != alias ]] || program=snapvm

  # bash replaces only what follows the last : or = of a word, unless the word is quoted.
  word=\${words[last]} part= breaks=\${COMP_WORDBREAKS//[^:=]/}
  words=("\${words[@]//[\\\"\']/}")
  if [[ $word != [\"\']* && -n $breaks ]]; then
    part=\${words[last]%"\${words[last]##*[$breaks]}"}
  fi
  COMPREPLY=()
  while IFS=$'\t' read -r candidate _; do
    candidate=\${candidate#"$part"}
    if [[ $word == [\"\']* ]]; then
      # bash does not quote what it inserts here, so leave out what a shell would not take literally.
      [[ $candidate != *[\"\$\\\`\!\']* ]] || continue
    else
      # A quoted tilde is not the home folder.
      home=
      [[ $candidate != \~/* ]] || home=\~/ candidate=\${candidate:2}
      printf -v candidate %q "$candidate"
      candidate=$home$candidate
      # What ends with a slash can be continued.
      [[ $candidate == */ ]] || candidate+=' '
    fi
    COMPREPLY+=("$candidate")
  done < <("$program" complete -- "\${words[@]:1}" 2>/dev/null </dev/null)
}
complete -o nospace -F _snapvm snapvm
`
  // A template cannot hold `${` otherwise.
  .replaceAll("\\$", "$");
