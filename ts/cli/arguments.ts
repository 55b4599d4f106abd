import { parseArgs } from 'node:util'
import { errorCode, oneLine, UserError } from './errors.js'

/** One option of a command, as it is parsed and as `--help` shows it. */
export interface OptionSpec {
  /** What stands for the value in the help; absent: the option takes none. */
  value?: string
  short?: string
  help: string
  /** All values that it takes. */
  choices?: readonly string[]
  /** What its value names, where that is on disk. */
  names?: 'file' | 'folder'
  /** May be given several times. */
  many?: true
}

export interface CommandSpec {
  name: string
  /** The words behind the command's name. */
  operands: string
  /** All words that may stand there; absent: they name files. */
  choices?: readonly string[]
  /** A few words for the list of commands. */
  short: string
  summary: string
  options: Readonly<Record<string, OptionSpec>>
  /** Printed below the options. */
  notes: string
}

export interface ParsedArguments {
  operands: string[]
  text(option: string): string | null
  /** Every value of an option that may be given several times. */
  texts(option: string): string[]
  flag(option: string): boolean
}

const HELP: Readonly<Record<string, OptionSpec>> = { help: { short: 'h', help: 'show this help' } }

/** All options of a command, by name. */
export function optionsOf(spec: CommandSpec): [name: string, option: OptionSpec][] {
  return Object.entries({ ...spec.options, ...HELP })
}

/** Reads the words behind a command's name; anything unknown or incomplete is a `UserError`. */
export function parseArguments(spec: CommandSpec, words: readonly string[]): ParsedArguments {
  const options: Record<string, { type: 'string' | 'boolean'; short?: string; multiple?: boolean }> = {}
  for (const [name, option] of optionsOf(spec)) {
    options[name] = { type: option.value === undefined ? 'boolean' : 'string' }
    if (option.short !== undefined) options[name].short = option.short
    if (option.many) options[name].multiple = true
  }
  try {
    const parsed = parseArgs({ args: [...words], options, allowPositionals: true, strict: true })
    const values = parsed.values as Record<string, string | string[] | boolean | undefined>
    return {
      operands: parsed.positionals,
      text: (option) => (typeof values[option] === 'string' ? values[option] : null),
      texts: (option) => (Array.isArray(values[option]) ? values[option] : []),
      flag: (option) => values[option] === true,
    }
  } catch (error) {
    throw new UserError(`${problem(error, spec)}; see rolling-profiles ${spec.name} --help`)
  }
}

function problem(error: unknown, spec: CommandSpec): string {
  const message = oneLine(error instanceof Error ? error.message : String(error))
  // The parser's own sentences go on with advice that would not fit into a line.
  const option =
    /'-[^']*'/
      .exec(message)?.[0]
      .replaceAll("'", '')
      .replace(/^-\w, /, '') ?? ''
  if (errorCode(error) === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') return `unknown option ${option}${suggestion(option, spec)}`
  const name = option.split(' ')[0] ?? ''
  if (/ambiguous|argument missing/.test(message)) return `option ${name} needs a value`
  if (/does not take an argument/.test(message)) return `option ${name} takes no value`
  return message
}

/** The option that was probably meant: one that starts alike or holds the same letters but one. */
function suggestion(option: string, spec: CommandSpec): string {
  const word = option.replace(/^-+/, '')
  if (word.length < 3) return ''
  const meant = Object.keys(spec.options).find((name) => name.startsWith(word) || distance(name, word) <= 2)
  return meant === undefined ? '' : ` (--${meant}?)`
}

/** Edit distance (Levenshtein). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (let i = 1; i <= one.length; i++) {
    const next = [i]
    for (let j = 1; j <= other.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[other.length] ?? 0
}

/** The help page of a command. */
export function commandHelp(spec: CommandSpec): string {
  return [
    `Usage: rolling-profiles ${[spec.name, '[options]', spec.operands].join(' ')}`,
    '',
    spec.summary,
    '',
    'Options:',
    ...optionLines(optionsOf(spec)),
    '',
    spec.notes.trim(),
    '',
  ].join('\n')
}

export function optionLines(options: readonly (readonly [name: string, option: OptionSpec])[]): string[] {
  const lines = options.map(([name, option]) => {
    const short = option.short === undefined ? '' : `-${option.short}, `
    return { left: `${short}--${name}${option.value === undefined ? '' : ` ${option.value}`}`, help: option.help }
  })
  const width = Math.max(...lines.map((line) => line.left.length))
  const indent = `\n${' '.repeat(width + 4)}`
  return lines.map(({ left, help }) => `  ${left.padEnd(width)}  ${help.replaceAll('\n', indent)}`)
}
