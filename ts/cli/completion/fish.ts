import { type CommandSpec, type OptionSpec, optionsOf } from '../arguments.js'
import { firstLine, type Script } from './words.js'

export const fishScript: Script = ({ program, commands, options }) => {
  const complete = (...words: string[]): string => ['complete', '-c', program, ...words].join(' ')
  const names = commands.map((command) => command.name).join(' ')
  const lines = [
    `# Completes the words of ${program}: ${program} completion fish | source`,
    complete('-f'),
    ...options.map((each) => complete('-n __fish_use_subcommand', ...optionWords(each))),
    ...commands.map(({ name, short }) => complete('-n __fish_use_subcommand', '-a', name, '-d', quoted(short))),
    complete('-n __fish_use_subcommand', '-a help', '-d', quoted('show the help of a command')),
    complete(seen('help'), '-a', quoted(names)),
    ...commands.flatMap((command) => [
      complete(seen(command.name), ...operandWords(command)),
      ...optionsOf(command).map((each) => complete(seen(command.name), ...optionWords(each))),
    ]),
  ]
  return `${lines.join('\n')}\n`
}

/** The condition that the command line is of a command. */
function seen(command: string): string {
  return `-n '__fish_seen_subcommand_from ${command}'`
}

function operandWords({ choices }: CommandSpec): string[] {
  return choices === undefined ? ['-F'] : ['-a', quoted(choices.join(' '))]
}

function optionWords([name, option]: readonly [name: string, option: OptionSpec]): string[] {
  const short = option.short === undefined ? [] : ['-s', option.short]
  return ['-l', name, ...short, ...valueWords(option), '-d', quoted(firstLine(option.help))]
}

function valueWords({ value, choices, names }: OptionSpec): string[] {
  if (value === undefined) return []
  if (choices !== undefined) return ['-x', '-a', quoted(choices.join(' '))]
  return names === 'folder'
    ? ['-x', '-a', quoted('(__fish_complete_directories)')]
    : [names === 'file' ? '-r -F' : '-x']
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}
