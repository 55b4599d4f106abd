/**
 * One case, in a process of its own: a message that goes over a cap, between others that do not. Beside it stands a second logger, which is
 * given only what has to count: the profiles of both must be equal.
 */
import assert from 'node:assert/strict'
import { MemoryWriter } from '../../../support/logger.mjs'
import { FORMS, loggerFor } from './forms.mjs'
import { peakSince } from './memory.mjs'

/** What surrounds it, with a column and segments of its own. */
const BEFORE = [
  { s: 'DE', price: 1.5 },
  { s: 'FR', price: 2 },
]
const AFTER = [{ s: 'DE', price: 4, note: 'after' }]
const TENSORS = [
  {
    before: [
      [1, 2],
      [3, 4],
    ],
  },
]

class Side {
  writer = new MemoryWriter()
  warnings = []

  constructor(form, options) {
    this.form = form
    this.logger = loggerFor(form, options, this.writer)
    this.logger.on('warning', ({ code }) => this.warnings.push(code))
    this.logger.on('rejected', () => {})
  }

  async send(rows, to) {
    await this.form.send(this.logger, this.form.pack(rows, to), to)
  }

  /** A message by the form, and a row of another dataset. */
  async around(rows, to) {
    await this.send(this.form.isEmbedding ? TENSORS : rows, to)
    if (this.logger.dataset) await this.logger.log(rows[0], { ...to, datasetId: 'e', sync: true })
  }

  async end() {
    await this.logger.flush()
    const stats = this.logger.stats()
    await this.logger.close()
    return stats
  }

  profiles() {
    const named = this.writer.items.map((item) => [nameOf(item), item.view().toTable()])
    return Object.fromEntries(named.sort(([one], [other]) => (one < other ? -1 : 1)))
  }
}

function nameOf({ datasetId, segment, datasetTimestampMs }) {
  const of = segment?.isOverflow ? 'overflow' : JSON.stringify(segment?.values)
  return [datasetId, datasetTimestampMs, of].join(' ')
}

/** Runs a case; gives what its peak was. */
export async function runCase(cap, name) {
  const form = FORMS[name]
  const given = cap.cases[name]
  const to = { datasetId: 'd', timestampMs: Date.now() }
  const options = given.options ?? cap.options ?? {}
  const over = given.make({ ...to, ...given.to })
  const subject = new Side(form, options)
  await subject.around(BEFORE, to)
  const peak = peakSince()
  const told = await form.send(subject.logger, over, { ...to, ...given.to }).then(
    () => null,
    (error) => error,
  )
  const peakMb = peak()
  await subject.around(AFTER, to)
  const stats = await subject.end()

  const twin = new Side(form, options)
  await twin.around(BEFORE, to)
  for (const rows of given.counts ?? []) await twin.send(rows, { ...to, ...given.to })
  await twin.around(AFTER, to)
  const right = await twin.end()

  assertTold(given, told, subject.warnings)
  assertBooks({ ...given, outer: form.outer }, stats, right)
  if (given.check) given.check({ profiles: subject.profiles(), expected: twin.profiles(), stats, told })
  else assert.deepEqual(subject.profiles(), twin.profiles())
  return { peakMb }
}

function assertTold({ code, how, warning }, told, warnings) {
  assert.equal(codeOf(told, how), code ?? null, told?.stack)
  assert.ok(told === null || told.message.length < 400, 'its message holds what was given')
  if (warning) assert.deepEqual(warnings, [warning])
}

/** What became of it: by its line, or by the batch that it was logged in, where it is told so. */
function codeOf(told, how) {
  if (told === null) return null
  if (how === 'line') return told.first?.[0]?.code ?? told.code
  return told.code === 'ERR_PROCESS_BATCH' ? told.cause.code : told.code
}

/** `tracked`: how many rows more than the other logger's are tracked. `outer`: how many messages are rejected because a row that they log is refused. */
function assertBooks({ how, outer = 0, tracked = 0 }, stats, right) {
  const { offeredMessages, acceptedMessages, refusedMessages, droppedMessages } = stats
  assert.equal(offeredMessages, acceptedMessages + refusedMessages + droppedMessages)
  assert.equal(stats.acceptedRows, stats.trackedRows + stats.rejectedRows)
  assert.equal(stats.trackedRows, right.trackedRows + tracked)
  assert.equal(refusedMessages, how === 'refused' ? 1 : 0)
  assert.equal(stats.rejectedMessages, { refused: outer, rejected: 1 }[how] ?? 0)
  if (how === 'line') assert.equal(stats.rejectedRows, 1)
}
