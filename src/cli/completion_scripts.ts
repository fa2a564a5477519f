export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

// Each script hands the words up to the cursor to `peat __complete`, so that it never grows old.

const BASH = `# Completion of peat for bash. Load it with: source <(peat completion bash)
_peat() {
  local IFS=$'\\n' cursor word proposals first
  # bash cuts words at = and :, peat does not; take them from the line itself.
  local line="\${COMP_LINE:0:COMP_POINT}" words
  IFS=$' \\t\\n' read -r -a words <<< "$line"
  [[ "$line" == *[[:space:]] ]] && words+=("")
  word="\${words[\${#words[@]}-1]}"
  proposals="$(peat __complete -- "\${words[@]:1}" 2>/dev/null)"
  first="\${proposals%%$'\\n'*}"
  COMPREPLY=()
  case "$first" in
    :file) compopt -o filenames; COMPREPLY=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}")); return ;;
    :directory) compopt -o filenames; COMPREPLY=($(compgen -d -- "\${COMP_WORDS[COMP_CWORD]}")); return ;;
  esac
  # What bash already counts as an earlier word must not be inserted again.
  local cut="\${word%"\${COMP_WORDS[COMP_CWORD]}"}"
  [[ "\${COMP_WORDS[COMP_CWORD]}" == [=:] ]] && cut="$word"
  while IFS= read -r cursor; do
    cursor="\${cursor%%$'\\t'*}"
    [[ -n "$cursor" ]] && COMPREPLY+=("\${cursor#"$cut"}")
  done <<< "$proposals"
}
complete -F _peat peat
`;

const ZSH = `#compdef peat
# Completion of peat for zsh. Load it with: source <(peat completion zsh)
_peat() {
  local -a lines described
  local line word brief
  lines=("\${(@f)$(peat __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  case "$lines[1]" in
    :file) _files; return ;;
    :directory) _files -/; return ;;
  esac
  for line in $lines; do
    word="\${line%%$'\\t'*}"
    brief="\${line#*$'\\t'}"
    [[ -n "$word" ]] && described+=("\${word//:/\\\\:}\${brief:+:$brief}")
  done
  (( $#described )) && _describe -V peat described
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
if [[ "$funcstack[1]" == _peat ]]; then _peat "$@"; else compdef _peat peat; fi
`;

const FISH = `# Completion of peat for fish. Load it with: peat completion fish | source
function __peat_complete
  set -l words (commandline --tokenize --cut-at-cursor --current-process)
  set -l lines (peat __complete -- $words[2..] (commandline --current-token) 2>/dev/null)
  switch "$lines[1]"
    case :file
      __fish_complete_path (commandline --current-token)
    case :directory
      __fish_complete_directories (commandline --current-token)
    case '*'
      printf '%s\\n' $lines
  end
end
complete --command peat --no-files --keep-order --arguments '(__peat_complete)'
`;

const SCRIPTS: Record<Shell, string> = { bash: BASH, zsh: ZSH, fish: FISH };

export function completionScript(shell: Shell): string {
  return SCRIPTS[shell];
}
