/**
 * Random messages for many datasets under a small cap, with flushes and pauses between them, against a plain model: each id has the
 * rows that were taken for it, its factory is asked again when it comes back, and its writers are closed once each time. From the
 * sources, where the times are short.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import fc from 'fast-check'
import { importTs } from '../support/typescript.mjs'

const { tuning } = await importTs('tuning.ts')
const { columns, ProcessRollingLogger, ThreadRollingLogger } = await importTs('index.ts')
Object.assign(tuning, { idleTurnMs: 3, idleTurns: 2 })

const CODE = 'ERR_TOO_MANY_DATASETS'
const request = (datasetId, rows) =>
  Buffer.from(
    JSON.stringify({ datasetId, timestamp: Date.now(), multiple: { columns: ['a'], data: rows.map(({ a }) => [a]) } }),
  )

const forms = {
  row: (logger, datasetId, [row], options) => logger.log(row, { datasetId, ...options }),
  rows: (logger, datasetId, rows, options) => logger.log(rows, { datasetId, ...options }),
  columns: (logger, datasetId, rows, options) =>
    logger.log(columns({ a: Float64Array.from(rows, ({ a }) => a) }), { datasetId, ...options }),
  lines: (logger, datasetId, rows, options) =>
    logger.logNdjson(Buffer.from(rows.map((row) => JSON.stringify(row)).join('\n')), { datasetId, ...options }),
  raw: (logger, datasetId, rows, options) => logger.logRaw(request(datasetId, rows), options),
}

const id = fc.integer({ min: 0, max: 9 }).map((number) => `d${number}`)
const message = fc.record({
  do: fc.constant('log'),
  form: fc.constantFrom(...Object.keys(forms)),
  id,
  rows: fc.integer({ min: 1, max: 3 }),
  sync: fc.constantFrom(false, false, true, 'written'),
})
const command = fc.oneof(
  { weight: 20, arbitrary: message },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('flush'), id: fc.option(id), wait: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('status'), id: fc.option(id) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pause'), ms: fc.integer({ min: 0, max: 12 }) }) },
)
const program = fc.record({
  kind: fc.constantFrom('writers', 'loggers'),
  most: fc.integer({ min: 1, max: 6 }),
  warm: fc.integer({ min: 0, max: 6 }),
  workers: fc.integer({ min: 1, max: 2 }),
  commands: fc.array(command, { minLength: 5, maxLength: 60 }),
})

/** What should be so. */
class Model {
  faults = []
  /** By id, the writers that were made for it. */
  made = new Map()
  /** By id, the rows that were taken for it, and those that are written. */
  rows = new Map()
  written = new Map()
  /** By id, what it has that may not be over yet: messages by number, and promises. */
  #unwritten = new Map()
  #asked = new Map()
  #messages = 0

  constructor(most) {
    this.most = most
  }

  make(datasetId) {
    const before = this.made.get(datasetId) ?? []
    if (before.some(({ closed }) => closed !== 1)) this.faults.push(`${datasetId} is opened, and was not let go`)
    const own = { closed: 0 }
    this.made.set(datasetId, [...before, own])
    return {
      write: (item) => {
        if (own.closed > 0 || item.datasetId !== datasetId) this.faults.push(`a write of ${item.datasetId} too many`)
        const rows = item.view().column('a').summary()['counts/n']
        this.written.set(datasetId, (this.written.get(datasetId) ?? 0) + rows)
      },
      close: () => {
        if (++own.closed > 1) this.faults.push(`a writer of ${datasetId} is closed twice`)
      },
    }
  }

  take(datasetId, rows) {
    this.rows.set(datasetId, (this.rows.get(datasetId) ?? 0) + rows)
    this.#unwritten.set(datasetId, ++this.#messages)
  }

  refuse(datasetId, rows) {
    this.rows.set(datasetId, this.rows.get(datasetId) - rows)
  }

  /** Refused at once: as many others must have something. */
  refusedAtOnce(datasetId) {
    const busy = new Set([...this.#unwritten.keys(), ...this.#asked.keys()])
    busy.delete(datasetId)
    if (busy.size < this.most) this.faults.push(`${datasetId} is refused, and there is room: ${[...busy]}`)
  }

  /** A promise of a flush or the like of one dataset or of all; when it is over, what came before may be idle. */
  async during(datasetId, promise, isFlush) {
    const last = this.#messages
    if (datasetId !== null) this.#asked.set(datasetId, (this.#asked.get(datasetId) ?? 0) + 1)
    await promise
    if (datasetId !== null) {
      const left = this.#asked.get(datasetId) - 1
      if (left > 0) this.#asked.set(datasetId, left)
      else this.#asked.delete(datasetId)
    }
    if (!isFlush) return
    for (const [unwritten, message] of this.#unwritten) {
      if (message <= last && (datasetId ?? unwritten) === unwritten) this.#unwritten.delete(unwritten)
    }
  }
}

function loggerOf({ kind, most, workers }, model) {
  const createWriters = (datasetId) => [model.make(datasetId)]
  const loggerFactory = {
    createLogger: (datasetId) => new ThreadRollingLogger({ writers: createWriters(datasetId), writeSchedule: null }),
  }
  const own = kind === 'writers' ? { writerFactory: { createWriters } } : { loggerFactory }
  return new ProcessRollingLogger({
    ...own,
    writeSchedule: null,
    syncEnabled: true,
    workers,
    limits: { maxDatasets: most },
  })
}

async function run(program) {
  tuning.warmDatasets = program.warm
  const model = new Model(program.most)
  const logger = loggerOf(program, model)
  logger.start()
  logger.on('rejected', ({ error, datasetId, rows }) => {
    if (error.code !== CODE) model.faults.push(`${datasetId} is rejected: ${error.message}`)
    model.refuse(datasetId, rows)
  })
  const waits = []
  const log = ({ form, id, rows, sync }) => {
    const given = Array.from({ length: form === 'row' ? 1 : rows }, (_, a) => ({ a }))
    const refused = (error) => {
      if (error.code !== CODE) throw error
      model.refusedAtOnce(id)
    }
    const { acceptedMessages } = logger.stats()
    try {
      const promise = forms[form](logger, id, given, { sync })
      if (logger.stats().acceptedMessages > acceptedMessages) model.take(id, given.length)
      else if (!sync) model.faults.push(`${id} is neither accepted nor refused`)
      else model.refusedAtOnce(id)
      // Rejections are told by the event as well.
      if (sync) waits.push(promise.catch((error) => assert.equal(error.code, CODE)))
    } catch (error) {
      refused(error)
    }
  }
  for (const command of program.commands) {
    const { do: what, id } = command
    if (what === 'log') log(command)
    else if (what === 'pause') await setTimeout(command.ms)
    else {
      const handle = id === null ? logger : logger.dataset(id)
      const asked = what === 'flush' ? handle.flush() : handle.status({ timeoutMs: Number.POSITIVE_INFINITY })
      const over = model.during(
        id,
        asked.catch((error) => assert.equal(error.code, CODE)),
        what === 'flush',
      )
      waits.push(over)
      if (command.wait || what === 'status') await over
    }
  }
  await Promise.all(waits)
  await logger.close()
  const { acceptedMessages, trackedMessages, rejectedMessages, offeredMessages, refusedMessages } = logger.stats()
  assert.equal(acceptedMessages, trackedMessages + rejectedMessages)
  assert.equal(offeredMessages, acceptedMessages + refusedMessages)
  assert.deepEqual(model.faults, [])
  const counts = (rows) => Object.fromEntries([...rows].filter(([, count]) => count > 0).sort())
  assert.deepEqual(counts(model.written), counts(model.rows))
  for (const [datasetId, writers] of model.made) {
    assert.ok(
      writers.slice(0, -1).every(({ closed }) => closed === 1),
      `${datasetId} was opened ${writers.length} times`,
    )
  }
  return [...model.made.values()].reduce((sum, writers) => sum + writers.length - 1, 0)
}

test('datasets that come and go under a cap lose and double nothing', async () => {
  let returns = 0
  // The logger itself keeps no process alive.
  const alive = setInterval(() => {}, 1000)
  try {
    await fc.assert(
      fc.asyncProperty(program, async (program) => {
        returns += await run(program)
      }),
      { numRuns: 150, interruptAfterTimeLimit: 60_000, includeErrorInReport: true },
    )
  } finally {
    clearInterval(alive)
  }
  assert.ok(returns > 20, `${returns} datasets came back`)
})
