import { print, type CommandContext } from "../../terminal/context.ts";
import { EXIT } from "../../terminal/exit-codes.ts";

/** The shells with completion. */
export type Shell = "bash" | "zsh" | "fish" | "powershell";

const BASH = `# bash completion of jflow: source <(jflow completion bash)
_jflow() {
  local line="\${COMP_LINE:0:COMP_POINT}" candidate current prefix=""
  local -a words
  read -ra words <<< "$line"
  [[ "$line" == *[[:space:]] ]] && words+=("")
  current="\${words[\${#words[@]}-1]}"
  # bash completes what follows the last =.
  [[ "$current" == *=* ]] && prefix="\${current%"\${current##*=}"}"
  COMPREPLY=()
  while IFS=$'\\t' read -r candidate _; do
    [[ -n "$candidate" ]] && COMPREPLY+=("\${candidate#"$prefix"}")
  done < <("\${words[0]}" __complete -- "\${words[@]:1}" 2>/dev/null)
  if [[ \${#COMPREPLY[@]} -eq 1 && "\${COMPREPLY[0]}" == *[/=] ]]; then compopt -o nospace; fi
}
complete -F _jflow jflow`;

const ZSH = `#compdef jflow
# zsh completion of jflow: source <(jflow completion zsh), after compinit
_jflow() {
  local line word
  local -a lines plain shown open
  lines=("\${(@f)$("\${words[1]}" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  for line in $lines; do
    word="\${line%%$'\\t'*}"
    if [[ "$word" == *[/=] ]]; then
      open+=("$word")
    else
      plain+=("$word")
      shown+=("\${line//$'\\t'/  -- }")
    fi
  done
  (( $#plain )) && compadd -l -d shown -a plain
  (( $#open )) && compadd -S '' -a open
}
if [[ "$funcstack[1]" == _jflow ]]; then _jflow "$@"; else compdef _jflow jflow; fi`;

const FISH = `# fish completion of jflow: jflow completion fish | source
function __jflow_complete
  set -l words (commandline -opc)
  set -l program $words[1]
  set -e words[1]
  $program __complete -- $words (commandline -ct) 2>/dev/null
end
complete -c jflow -f -a '(__jflow_complete)'`;

const POWERSHELL = `# PowerShell completion of jflow: jflow completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName jflow -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
  if ($wordToComplete -eq '') { $words += ' ' }
  & jflow __complete -- @words 2>$null | ForEach-Object {
    $word, $meaning = $_ -split "\`t", 2
    if (-not $meaning) { $meaning = $word }
    [System.Management.Automation.CompletionResult]::new($word, $word, 'ParameterValue', $meaning)
  }
}`;

const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: BASH,
  zsh: ZSH,
  fish: FISH,
  powershell: POWERSHELL,
};

/** `jflow completion <shell>`: prints the script that makes a shell complete `jflow`. */
export async function completion(
  context: CommandContext,
  _options: object,
  shell: Shell,
): Promise<number> {
  print(context, SCRIPTS[shell]);
  return EXIT.ok;
}
