import type { CommandSpec, OptionSpec } from '../arguments.js'

/** What there is to complete. */
export interface CommandLine {
  program: string
  commands: readonly CommandSpec[]
  /** What may stand in the place of a command. */
  options: readonly (readonly [name: string, option: OptionSpec])[]
}

export type Script = (line: CommandLine) => string

/** The ways in which an option is written. */
export function spellings([name, { short }]: readonly [name: string, option: OptionSpec]): string[] {
  return short === undefined ? [`--${name}`] : [`-${short}`, `--${name}`]
}

/** Not more than a line of help. */
export function firstLine(text: string): string {
  return text.split('\n')[0] ?? ''
}
