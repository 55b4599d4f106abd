/** How long single things take: a call, a round trip, a status, a flush, loading the package; and what the event loop feels of it. */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { addonPath, at } from '../../scripts/lib/project.mjs'
import { importTs } from '../support/typescript.mjs'
import { figures } from './child.mjs'
import { asWritten, narrowRows, random } from './rows.mjs'
import { quantile, rolling, started, timed, to } from './started.mjs'

const WIDE_COLUMNS = 1000
const WORKERS = 2

/** Rows of 1 000 columns, half of them numbers, half of them texts of 500 kinds. */
function thousandColumns() {
  const next = random(3)
  const value = (column) => (column % 2 === 0 ? next() : `text ${Math.floor(next() * 500)}`)
  return Array.from({ length: 256 }, () => {
    const row = Object.fromEntries(Array.from({ length: WIDE_COLUMNS }, (_, column) => [`c${column}`, value(column)]))
    return asWritten(row)
  })
}

/** A logger of two workers, and what gives each of them a part of a profile of 1 000 columns. */
async function ofTwoParts(options) {
  const { tuning } = await importTs('tuning.ts')
  const { logger } = await started({ workers: WORKERS, ...options })
  // The dataset has to be a hot one for certain, which is dealt to all workers.
  for (let i = 0; i < 2 * tuning.hotRows; i++) if (!logger.log({ c0: i }, to)) await logger.drained()
  await logger.flush()
  const rows = thousandColumns()
  const fill = async () => {
    for (let i = 0; i < 2 * WORKERS * tuning.laneRows; i++)
      if (!logger.log(rows[i % rows.length], to)) await logger.drained()
    await logger.processMessages()
  }
  return { logger, fill }
}

/** The longest delay of the event loop while something runs, ms. */
async function longestDelay(run) {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  await run()
  delay.disable()
  return delay.max / 1e6
}

async function loopDelay(busy, seconds) {
  const { logger } = await started()
  const rows = narrowRows(1000)
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const end = performance.now() + seconds * 1000
  let logged = 0
  const began = performance.now()
  while (performance.now() < end) {
    // 100 000 rows a second, in steps of the timer.
    const due = busy ? Math.floor((performance.now() - began) * 100) : 0
    for (; logged < due; logged++) logger.log(rows[logged % rows.length], to)
    await setTimeout(1)
  }
  delay.disable()
  await logger.close()
  return delay.percentile(99) / 1e6
}

export const LATENCY = {
  sync: async (count) => {
    const { logger } = await started()
    const [row] = narrowRows(1)
    const call = () => logger.log(row, { ...to, sync: true })
    // As many before as make Node's compilers come to rest.
    await timed(Math.min(4000, count), call)
    const times = await timed(Math.min(10_000, count), call)
    await logger.close()
    return { ms: quantile(times), p99Ms: quantile(times, 0.99) }
  },
  'one call': async (count) => {
    const { logger } = await started({ workers: 1 })
    const rows = narrowRows(20_000)
    const times = []
    for (let i = 0; i < count; i++) {
      const began = performance.now()
      const room = logger.log(rows[i % rows.length], to)
      times.push(performance.now() - began)
      if (!room) await logger.drained()
    }
    await logger.close()
    return { p999Us: quantile(times.slice(times.length / 10), 0.999) * 1000 }
  },
  flush: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rolling-profiles-bench-'))
    const { LocalWriterFactory } = await rolling()
    const { logger, fill } = await ofTwoParts({ writerFactory: new LocalWriterFactory(folder) })
    await fill()
    const statuses = await timed(7, () => logger.status({ timeoutMs: 10_000 }))
    const times = []
    const delays = []
    for (let i = 0; i < 3; i++) {
      const flush = async () => times.push(...(await timed(1, () => logger.flush())))
      const busy = await longestDelay(flush)
      delays.push(busy - (await longestDelay(() => setTimeout(times.at(-1)))))
      await fill()
    }
    await logger.close()
    rmSync(folder, { recursive: true, force: true })
    return { ms: quantile(times), statusMs: quantile(statuses), delayMs: Math.max(0, quantile(delays)) }
  },
  loop: async (count) => {
    const seconds = count < 10_000 ? 0.2 : 0.7
    const idleMs = await loopDelay(false, seconds)
    return { idleMs, busyMs: await loopDelay(true, seconds) }
  },
  // A program that does nothing else: what others have loaded before is not loaded again.
  start: async () => {
    const url = JSON.stringify(pathToFileURL(at('dist', 'index.js')))
    const program = `const began = performance.now(); await import(${url}); console.log(performance.now() - began)`
    const ms = await figures('loading the package', process.execPath, ['--input-type=module', '-e', program])
    return { ms, bytes: statSync(addonPath).size }
  },
}
