/** Runs a program: its commands one after the other, then the end; tells what was wrong. */
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import * as built from '../../dist/index.js'
import { shapesOf } from './messages.mjs'
import { within } from './promises.mjs'
import { Session } from './session.mjs'

const START_MS = Date.UTC(2024, 0, 28, 22, 30)

/** What the process hears of while a program runs. */
const unhandled = []
for (const event of ['unhandledRejection', 'uncaughtException']) {
  process.on(event, (error) => unhandled.push(`${event}: ${error?.stack ?? String(error)}`))
}

/**
 * @param lib the library, where it is another than the one that was built
 * @param program `{ settings, commands, end }`, as JSON has it
 * @param patienceMs after so long a promise counts as one that never settles
 * @returns `faults`, `rows`, `promises`, `unsettled`, and `images`: all that was written
 */
export async function run(program, patienceMs, lib = built) {
  unhandled.length = 0
  const clock = { now: START_MS }
  const { loggers = 1 } = program.settings
  const sessions = Array.from({ length: loggers }, () => new Session(lib, program.settings, clock))
  for (const command of program.commands) {
    const session = sessions[(command.logger ?? 0) % sessions.length]
    const done = COMMANDS[command.op](session, command, clock)
    if (done !== undefined && command.wait !== false) await within(done, patienceMs)
  }
  for (const session of sessions) await session.end(program.end, patienceMs)
  const sum = (count) => sessions.reduce((total, session) => total + count(session), 0)
  return {
    faults: [...sessions.flatMap(({ faults }) => faults), ...unhandled],
    rows: sum(({ offers }) => offers.rows),
    promises: sum(({ promises }) => promises.count),
    unsettled: sum(({ promises }) => promises.unsettled.length),
    images: sessions.flatMap((session) => session.images),
  }
}

const COMMANDS = {
  log: (session, command) => session.offers.log(command),
  shapes: (session, command) => {
    let done
    for (const lone of shapesOf(command)) {
      const before = done
      done = before === undefined ? session.offers.log(lone) : before.then(() => session.offers.log(lone))
    }
    return done
  },
  bad: (session, command) => session.offers.bad(command),
  own: (session, command) => session.offers.own(command),
  turn: () => turn(),
  pause: (_, { ms }) => sleep(ms),
  clock: (_, { ms }, clock) => {
    clock.now += ms
  },
  barrier: (session) => session.ask('processMessages'),
  drained: (session) => session.ask('drained'),
  status: (session) => session.ask('status', { timeoutMs: 20_000 }),
  // A writer that never answers is waited for by nobody.
  flush: (session, { wait }) => {
    const done = session.flush(wait)
    return session.isSure ? done : undefined
  },
  views: (session) => session.checkViews(),
  close: (session) => session.close(),
  kill: (session) => session.stop('kill'),
  terminate: (session) => session.stop('terminate'),
}
