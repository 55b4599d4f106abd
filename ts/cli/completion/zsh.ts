import { type CommandSpec, type OptionSpec, optionsOf } from '../arguments.js'
import { firstLine, type Script, spellings } from './words.js'

/** A script that is run below `compinit`, or stands in a folder of `fpath`. */
export const zshScript: Script = ({ program, commands, options }) => {
  const name = `_${program.replaceAll('-', '_')}`
  const described = commands.map((command) => quoted(`${command.name}:${command.short}`))
  return `#compdef ${program}
# Completes the words of ${program}: eval "$(${program} completion zsh)"
${name}() {
  local curcontext="$curcontext" state line
  typeset -A opt_args
  _arguments -C \\
${options
  .flatMap(specsOf)
  .map((spec) => `    ${spec} \\\n`)
  .join('')}    '1:command:->command' \\
    '*::argument:->argument'
  case $state in
    command)
      local -a commands
      commands=(${[...described, quoted('help:show the help of a command')].join(' ')})
      _describe command commands
      ;;
    argument)
      case $line[1] in
        help) _arguments '1:command:(${commands.map((command) => command.name).join(' ')})' ;;
${commands.map(commandCase).join('\n')}
      esac
      ;;
  esac
}

if [[ $funcstack[1] == ${name} ]]; then
  ${name} "$@"
else
  compdef ${name} ${program}
fi
`
}

function commandCase(command: CommandSpec): string {
  const operands = command.choices === undefined ? '*:FILE:_files' : `1:${command.name}:(${command.choices.join(' ')})`
  const specs = [...optionsOf(command).flatMap(specsOf), quoted(operands)]
  return `        ${command.name})
          _arguments -s \\
${specs.map((spec) => `            ${spec}`).join(' \\\n')}
          ;;`
}

/** One a spelling; but for options that may be repeated, one keeps the other from being offered. */
function specsOf(each: readonly [name: string, option: OptionSpec]): string[] {
  const [, option] = each
  const all = spellings(each)
  const before = option.many ? '*' : `(${all.join(' ')})`
  const value = option.value === undefined ? '' : `:${escaped(option.value)}:${valuesOf(option)}`
  return all.map((spelling) => {
    const assigned = option.value !== undefined && spelling.startsWith('--') ? '=' : ''
    return quoted(`${before}${spelling}${assigned}[${escaped(firstLine(option.help))}]${value}`)
  })
}

function valuesOf({ choices, names }: OptionSpec): string {
  if (choices !== undefined) return `(${choices.join(' ')})`
  return names === 'folder' ? '_files -/' : names === 'file' ? '_files' : ' '
}

function escaped(text: string): string {
  return text.replace(/[\\[\]:]/g, '\\$&')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
