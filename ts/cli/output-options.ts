import type { ParsedArguments } from './arguments.js'
import { UserError } from './errors.js'

export const OUTPUTS = ['table', 'json', 'csv', 'markdown'] as const
export type Output = (typeof OUTPUTS)[number]

/** How a command prints what it found. */
export interface OutputOptions {
  output: Output
  /** The whole table, whatever the terminal's width. */
  wide: boolean
}

export function outputOptions(given: ParsedArguments): OutputOptions {
  const output = oneOf(given, 'output', OUTPUTS)
  if (given.flag('json') && output !== null && output !== 'json') {
    throw new UserError(`--json and --output ${output} say different things`)
  }
  return { output: given.flag('json') ? 'json' : (output ?? 'table'), wide: given.flag('wide') }
}

export function oneOf<T extends string>(given: ParsedArguments, option: string, choices: readonly T[]): T | null {
  const value = given.text(option)
  if (value === null) return null
  const choice = choices.find((each) => each === value.toLowerCase())
  if (choice === undefined) throw new UserError(`--${option} ${value}: it is one of ${choices.join(', ')}`)
  return choice
}
