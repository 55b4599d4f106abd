import { UserError } from '../errors.js'
import { COMMANDS, MAIN_OPTIONS } from '../specs.js'
import { bashScript } from './bash.js'
import { fishScript } from './fish.js'
import { SHELLS, type Shell } from './shells.js'
import type { CommandLine, Script } from './words.js'
import { zshScript } from './zsh.js'

const SCRIPTS: Readonly<Record<Shell, Script>> = { bash: bashScript, zsh: zshScript, fish: fishScript }

const COMMAND_LINE: CommandLine = {
  program: 'rolling-profiles',
  commands: COMMANDS,
  options: Object.entries(MAIN_OPTIONS),
}

/** The script with which `shell` completes what the specifications of the commands allow. */
export function completionScript(shell: string | undefined): string {
  const known = SHELLS.find((each) => each === shell)
  if (known === undefined) {
    throw new UserError(
      `completion takes the name of a shell: ${SHELLS.join(', ')}; see rolling-profiles completion --help`,
    )
  }
  return SCRIPTS[known](COMMAND_LINE)
}
