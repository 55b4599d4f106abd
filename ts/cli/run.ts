import { readFileSync } from 'node:fs'
import { type CommandSpec, commandHelp, type ParsedArguments, parseArguments } from './arguments.js'
import { inspect } from './commands/inspect.js'
import { merge } from './commands/merge.js'
import { profile } from './commands/profile.js'
import { completionScript } from './completion/script.js'
import { errorCode, oneLine, UserError } from './errors.js'
import { INTERRUPTED, type Io, isInterruption, processIo } from './io.js'
import { outputOptions } from './output-options.js'
import { profileOptions } from './profile-options.js'
import { COMPLETION, INSPECT, MERGE, mainHelp, PROFILE } from './specs.js'

interface Command {
  spec: CommandSpec
  run(given: ParsedArguments, io: Io): Promise<void>
}

/** Help, version and mistakes in the words need no addon, so it is loaded when a command runs. */
const engine = (): Promise<typeof import('./engine.js')> => import('./engine.js')

const COMMANDS: readonly Command[] = [
  {
    spec: PROFILE,
    async run(given, io) {
      const options = profileOptions(given)
      const { createProfiler, readView } = await engine()
      await profile(given.operands, options, io, createProfiler, readView)
    },
  },
  {
    spec: INSPECT,
    async run(given, io) {
      const files = atLeastOne(given, INSPECT)
      const options = outputOptions(given)
      const { readView } = await engine()
      await inspect(files, options, io, readView)
    },
  },
  {
    spec: MERGE,
    async run(given, io) {
      const inputs = atLeastOne(given, MERGE)
      const options = mergeOptions(given)
      const { mergeAnyway, readView } = await engine()
      await merge(inputs, options, io, readView, mergeAnyway)
    },
  },
  {
    spec: COMPLETION,
    async run(given, io) {
      const [shell, ...others] = given.operands
      if (others.length > 0) throw new UserError('completion takes the name of one shell')
      io.out(completionScript(shell))
    },
  },
]

/** Runs the command line; gives the exit code. */
export async function run(words: readonly string[]): Promise<number> {
  // A reader that has seen enough (`| head`) is no fault.
  process.stdout.on('error', (error) => {
    if (errorCode(error) === 'EPIPE') process.exit(0)
    throw error
  })
  const io = processIo()
  try {
    await dispatch(words, io)
    return 0
  } catch (error) {
    if (isInterruption(error)) return INTERRUPTED
    const mistake = error instanceof UserError
    io.err(`rolling-profiles: ${oneLine(mistake ? error.message : `internal fault: ${describe(error)}`)}\n`)
    return mistake ? 2 : 1
  }
}

async function dispatch(words: readonly string[], io: Io): Promise<void> {
  const [first, ...rest] = words
  if (first === undefined || first === '--help' || first === '-h') return io.out(mainHelp())
  if (first === '--version' || first === '-V') return io.out(`${version()}\n`)
  if (first === 'help') return io.out(rest[0] === undefined ? mainHelp() : commandHelp(commandNamed(rest[0]).spec))
  const command = commandNamed(first)
  const given = parseArguments(command.spec, rest)
  if (given.flag('help')) return io.out(commandHelp(command.spec))
  await command.run(given, io)
}

function commandNamed(name: string): Command {
  const command = COMMANDS.find(({ spec }) => spec.name === name)
  if (command !== undefined) return command
  const kind = name.startsWith('-') ? 'option' : 'command'
  throw new UserError(`unknown ${kind} ${name}; see rolling-profiles --help`)
}

function atLeastOne(given: ParsedArguments, spec: CommandSpec): string[] {
  if (given.operands.length === 0) throw new UserError(`no file is named; see rolling-profiles ${spec.name} --help`)
  return given.operands
}

function mergeOptions(given: ParsedArguments): { out: string; force: boolean } {
  const out = given.text('out')
  if (out === null || out === '') throw new UserError('merge needs --out FILE; see rolling-profiles merge --help')
  return { out, force: given.flag('force') }
}

/** The package's own, two folders up both here and in what is published. */
function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = errorCode(error)
  return code === undefined ? error.message : `${error.message} (${code})`
}
