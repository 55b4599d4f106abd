import { type CommandSpec, type OptionSpec, optionsOf } from '../arguments.js'
import { type Script, spellings } from './words.js'

/**
 * A script for bash 3.2 and later. Where it tells nothing, bash completes names of files; `compopt`, which keeps it from
 * doing so, came with bash 4. Only words of ours may be a list for `compgen`, which runs what names of files may hold.
 */
export const bashScript: Script = ({ program, commands, options }) => {
  const name = `_${program.replaceAll('-', '_')}`
  const names = commands.map((command) => command.name)
  const first = [...names, 'help', ...options.flatMap(spellings)]
  return `# Completes the words of ${program}: eval "$(${program} completion bash)"
${name}_words() {
  COMPREPLY=($(compgen -W "$1" -- "$current"))
}

${name}_folders() {
  compopt -o filenames 2>/dev/null
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -d -- "$current")
}

${name}_nothing() {
  compopt +o default +o bashdefault 2>/dev/null
}

${name}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD - 1]}" word
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    ${name}_words '${first.join(' ')}'
    return
  fi
  # bash takes --option=value apart.
  if [[ $current == '=' ]]; then
    current=''
  elif [[ $previous == '=' ]]; then
    previous="\${COMP_WORDS[COMP_CWORD - 2]}"
  fi
  # Behind -- there are operands alone.
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if [[ $word == '--' ]]; then return; fi
  done
  case "\${COMP_WORDS[1]} $previous" in
${commands.flatMap((command) => valueCases(command, name)).join('\n')}
  esac
  case "\${COMP_WORDS[1]} $current" in
    'help '*) ${name}_words '${names.join(' ')}' ;;
${commands.flatMap((command) => wordCases(command, name)).join('\n')}
  esac
}

complete -o bashdefault -o default -F ${name} ${program}
`
}

/** What follows an option that takes a value. */
function valueCases(command: CommandSpec, name: string): string[] {
  return optionsOf(command).flatMap((each) => {
    const [, option] = each
    if (option.value === undefined) return []
    const patterns = spellings(each).map((spelling) => `'${command.name} ${spelling}'`)
    return [`    ${patterns.join(' | ')}) ${valuesOf(option, name)}return ;;`]
  })
}

function valuesOf({ choices, names }: OptionSpec, name: string): string {
  if (choices !== undefined) return `${name}_words '${choices.join(' ')}'; `
  if (names === 'folder') return `${name}_folders; `
  return names === 'file' ? '' : `${name}_nothing; `
}

/** What stands anywhere else. */
function wordCases(command: CommandSpec, name: string): string[] {
  const options = optionsOf(command).flatMap(spellings).join(' ')
  const cases = [`    '${command.name} -'*) ${name}_words '${options}' ;;`]
  if (command.choices !== undefined) {
    cases.push(`    '${command.name} '*) ${name}_words '${command.choices.join(' ')}' ;;`)
  }
  return cases
}
