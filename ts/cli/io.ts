import { isatty } from 'node:tty'

/** What a command sees of the terminal. */
export interface Io {
  stdinIsTerminal: boolean
  out(text: string): void
  err(text: string): void
  /** Columns of the terminal that shows standard output; `null` when there is none, and no line is too long. */
  width: number | null
  /** Whether standard output is a terminal on which block characters make pictures. */
  draws: boolean
  /** Columns of the terminal that shows standard error; `null`: no progress is shown. */
  progressWidth: number | null
  /** A signal that Ctrl-C aborts, from now on, instead of ending the process. */
  interruption(): AbortSignal
  nowMs(): number
}

export function processIo(): Io {
  const { stdout, stderr, env } = process
  return {
    // Asking `process.stdin` would begin to read it.
    stdinIsTerminal: isatty(0),
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    width: stdout.isTTY ? stdout.columns || 80 : null,
    // https://no-color.org: whoever asks for plain output gets it.
    draws: stdout.isTTY && env.TERM !== 'dumb' && !env.NO_COLOR,
    progressWidth: stderr.isTTY ? stderr.columns || 80 : null,
    interruption,
    nowMs: Date.now,
  }
}

/** What the shell gives for a program that Ctrl-C has ended. */
export const INTERRUPTED = 130

/** Ctrl-C, where it is heard of. */
class Interruption extends Error {}

export function isInterruption(error: unknown): boolean {
  return error instanceof Interruption
}

/** The first Ctrl-C asks to stop; what is under way is taken back. The second one ends the process at once. */
function interruption(): AbortSignal {
  const controller = new AbortController()
  process.once('SIGINT', () => {
    controller.abort(new Interruption())
    process.once('SIGINT', () => process.exit(INTERRUPTED))
  })
  return controller.signal
}
