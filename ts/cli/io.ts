import type { Readable } from 'node:stream'

/** What a command sees of the terminal. */
export interface Io {
  stdin: Readable
  stdinIsTerminal: boolean
  out(text: string): void
  err(text: string): void
  /** Columns of the terminal that shows standard output; `null` when there is none, and no line is too long. */
  width: number | null
  /** Whether standard output is a terminal on which block characters make pictures. */
  draws: boolean
  /** Columns of the terminal that shows standard error; `null`: no progress is shown. */
  progressWidth: number | null
  nowMs(): number
}

export function processIo(): Io {
  const { stdin, stdout, stderr, env } = process
  return {
    stdin,
    stdinIsTerminal: stdin.isTTY === true,
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    width: stdout.isTTY ? stdout.columns || 80 : null,
    // https://no-color.org: whoever asks for plain output gets it.
    draws: stdout.isTTY && env.TERM !== 'dumb' && !env.NO_COLOR,
    progressWidth: stderr.isTTY ? stderr.columns || 80 : null,
    nowMs: Date.now,
  }
}
