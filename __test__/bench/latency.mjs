/** How long single things take: a call, a round trip, a status, a flush, loading the package; and what the event loop feels of it. */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import { at } from '../../scripts/lib/project.mjs'
import { narrowRows } from './rows.mjs'
import { quantile, rolling, started, timed, to } from './started.mjs'

/** A logger that has a profile of 1 000 columns on every worker. */
async function thousandColumns(options) {
  const { logger } = await started(options)
  const row = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`c${i}`, i % 2 === 0 ? i / 7 : `text ${i}`]))
  for (let i = 0; i < 500; i++) logger.log(row, to)
  await logger.log(row, { ...to, sync: true })
  return logger
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
  status: async () => {
    const logger = await thousandColumns()
    const times = await timed(10, () => logger.status({ timeoutMs: 10_000 }))
    await logger.close()
    return { ms: quantile(times) }
  },
  flush: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rolling-profiles-bench-'))
    const { LocalWriterFactory } = await rolling()
    const times = []
    for (let i = 0; i < 5; i++) {
      const logger = await thousandColumns({ writerFactory: new LocalWriterFactory(folder) })
      times.push(...(await timed(1, () => logger.flush())))
      await logger.close()
    }
    rmSync(folder, { recursive: true, force: true })
    return { ms: quantile(times) }
  },
  loop: async (count) => {
    const seconds = count < 10_000 ? 0.2 : 1
    const idleMs = await loopDelay(false, seconds)
    return { idleMs, busyMs: await loopDelay(true, seconds) }
  },
  start: async () => {
    const began = performance.now()
    await rolling()
    const ms = performance.now() - began
    const folder = at('npm', `${process.platform}-${process.arch}-gnu`)
    const addon = readdirSync(folder).find((name) => name.endsWith('.node'))
    return { ms, bytes: statSync(join(folder, addon)).size }
  },
}
