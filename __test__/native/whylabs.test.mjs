/** Uploads to an endpoint that fails in every way it can. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { test } from 'node:test'
import {
  DatasetSchema,
  ProfileView,
  SegmentationPartition,
  WhyLabsWriter,
  WhyLabsWriterFactory,
} from '../../dist/index.js'
import { memoryLogger } from '../support/logger.mjs'
import { whylabsFake } from '../support/whylabs-fake.mjs'

const DAY = Date.UTC(2024, 1, 29)
const to = { datasetId: 'd', timestampMs: DAY }

/** A logger with a row for dataset `d`, its endpoint, and what it says went wrong. */
async function bench(t, options = {}, fakeOptions = {}) {
  const fake = await whylabsFake(t, fakeOptions)
  const { endpoint, key, org } = fake
  const writerFactory = new WhyLabsWriterFactory({ endpoint, apiKey: key, orgId: org, ...options })
  const { logger } = memoryLogger(t, { writerFactory })
  const failures = []
  logger.on('writeFailed', (event) => failures.push(event))
  logger.log({ a: 1 }, to)
  return { fake, logger, failures }
}

/** Flushes until everything is written: each flush makes every pending attempt at once. */
async function settle(logger) {
  for (let round = 0; round < 20; round++) if ((await logger.flush()).pending === 0) return
  assert.fail('it does not settle')
}

/** Rows that count in the stored profiles. */
const counted = (fake) =>
  fake.stored().reduce((sum, { bytes }) => sum + ProfileView.deserialize(bytes).column('a').summary()['counts/n'], 0)

for (const transactions of [false, true]) {
  const kind = transactions ? 'in a transaction' : 'directly'

  test(`${kind}: a profile arrives whole, once, with its time`, async (t) => {
    const { fake, logger } = await bench(t, { transactions })
    assert.deepEqual(await logger.flush(), { written: 1, pending: 0 })
    const [stored] = fake.stored()
    assert.deepEqual([fake.stored().length, stored.datasetId, stored.timestamp], [1, 'd', DAY])
    assert.deepEqual(ProfileView.deserialize(stored.bytes).columnNames, ['a'])
    const [first] = fake.calls
    assert.equal(first.headers['x-api-key'], fake.key)
    assert.match(first.headers['user-agent'], /^rolling-profiles\/\d/)
    const { headers } = fake.calls.find(({ name }) => name === 'put')
    assert.equal(headers['content-type'], 'application/octet-stream')
    assert.equal(JSON.stringify(headers).includes(fake.key), false)
  })

  test(`${kind}: the profiles of segments carry their tags`, async (t) => {
    const fake = await whylabsFake(t)
    const { endpoint, key, org } = fake
    const writerFactory = new WhyLabsWriterFactory({ endpoint, apiKey: key, orgId: org, transactions })
    const pair = new SegmentationPartition({ columns: ['country', 'ok'] })
    const { logger } = memoryLogger(t, { writerFactory, schema: new DatasetSchema({ segments: { pair } }) })
    logger.log(
      [
        { country: 'DE', ok: true, a: 1 },
        { country: 'DE', ok: false, a: 1 },
      ],
      to,
    )
    await settle(logger)
    assert.equal(counted(fake), 2)
    const made = fake.calls.filter(({ name }) => name === (transactions ? 'logIn' : 'log'))
    const tags = made.map(({ raw }) => JSON.parse(raw).segmentTags)
    const expected = ['False', 'True'].map((ok) => [
      { key: 'country', value: 'DE' },
      { key: 'ok', value: ok },
    ])
    assert.deepEqual(
      tags.sort((a, b) => (a[1].value < b[1].value ? -1 : 1)),
      expected,
    )
    const [stored] = fake.stored()
    assert.equal(ProfileView.deserialize(stored.bytes).tags['whylogs.tag.country'], 'DE')
  })

  const steps = transactions ? ['begin', 'logIn', 'put', 'commit'] : ['log', 'put']
  for (const step of steps) {
    test(`${kind}: what may pass is tried again at ${step}, and counts once`, async (t) => {
      const { fake, logger, failures } = await bench(t, { transactions })
      fake.faults[step].push(408, 425, 429, 500, 502, 503, 504, 'reset')
      await settle(logger)
      assert.equal(counted(fake), 1)
      assert.ok(failures.length >= 8)
      assert.ok(failures.every(({ error }) => error.code === 'ERR_WRITER'))
      assert.equal(logger.stats().maybeDuplicates, 0)
    })

    test(`${kind}: an answer lost at ${step} counts nothing twice`, async (t) => {
      const { fake, logger } = await bench(t, { transactions })
      fake.faults[step].push('lost')
      await settle(logger)
      assert.equal(counted(fake), 1)
    })
  }
}

test('an address that expires before anything was put is asked for again, and nothing is counted twice', async (t) => {
  const { fake, logger } = await bench(t)
  fake.faults.put.push('expired')
  await settle(logger)
  assert.deepEqual([fake.made('log'), counted(fake), logger.stats().maybeDuplicates], [2, 1, 0])
})

test('one that expires after an answer was lost may be counted twice, and is told of; in a transaction it is not', async (t) => {
  for (const transactions of [false, true]) {
    const { fake, logger } = await bench(t, { transactions })
    fake.faults.put.push('lost', 'expired')
    await settle(logger)
    const expected = transactions ? [1, 0] : [2, 1]
    assert.deepEqual([counted(fake), logger.stats().maybeDuplicates], expected)
  }
})

test('an aborted transaction is begun again', async (t) => {
  const { fake, logger } = await bench(t, { transactions: true })
  fake.faults.commit.push({ status: 404, body: { message: 'Transaction has been aborted' } })
  await settle(logger)
  assert.deepEqual([fake.made('begin'), counted(fake)], [2, 1])
})

test('Retry-After is honoured, and what will not pass is tried seldom', async (t) => {
  const { fake, logger, failures } = await bench(t)
  fake.faults.log.push({ status: 429, headers: { 'retry-after': '1234' } }, 400, 403)
  for (let round = 0; round < 3; round++) {
    // A flush leaves what failed its pause: each round has a profile of its own.
    if (round > 0) logger.log({ a: round }, { datasetId: 'd' })
    await logger.flush()
  }
  assert.deepEqual(
    failures.map(({ error, retryInMs }) => [error.code, retryInMs]),
    [
      ['ERR_WRITER', 1_234_000],
      ['ERR_WRITER', 300_000],
      ['ERR_UNAUTHORIZED', 300_000],
    ],
  )
  assert.deepEqual(await logger.flush(), { written: 0, pending: 3 })
  assert.equal(failures.length, 3)
})

test('a key that is not known, and a dataset that is not there, are told clearly and lose nothing', async (t) => {
  for (const [options, fakeOptions, code] of [
    [{ apiKey: '9876543210.other' }, {}, 'ERR_UNAUTHORIZED'],
    [{}, { datasets: [] }, 'ERR_DATASET_NOT_FOUND'],
  ]) {
    const { logger, failures } = await bench(t, options, fakeOptions)
    assert.deepEqual(await logger.flush(), { written: 0, pending: 1 })
    assert.equal(failures[0].error.code, code)
    assert.equal(JSON.stringify(failures).includes('9876543210.other'), false)
  }
})

test('a redirect is not followed, and an upload address elsewhere over plain HTTP is refused', async (t) => {
  let visited = 0
  const elsewhere = createServer((_request, response) => {
    visited++
    response.end('{}')
  })
  await new Promise((resolve) => elsewhere.listen(0, '127.0.0.1', resolve))
  t.after(() => elsewhere.close())
  const { fake, logger, failures } = await bench(t)
  const location = `http://127.0.0.1:${elsewhere.address().port}/`
  fake.faults.log.push({ status: 307, headers: { location } })
  fake.faults.log.push({ status: 200, body: { id: 'x', modelId: 'd', uploadUrl: 'http://example.com/upload' } })
  await logger.flush()
  logger.log({ a: 2 }, { datasetId: 'd' })
  await logger.flush()
  assert.equal(visited, 0)
  assert.match(failures[0].error.message, /not followed/)
  assert.match(failures[1].error.message, /not https/)
  assert.equal(fake.made('put'), 0)
})

test('answers that make no sense are failures', async (t) => {
  const { fake, logger, failures } = await bench(t)
  fake.faults.log.push({ status: 200, body: 'text' }, { status: 200, body: {} })
  await logger.flush()
  logger.log({ a: 2 }, { datasetId: 'd' })
  assert.deepEqual(await logger.flush(), { written: 0, pending: 2 })
  assert.equal(failures.length, 2)
})

test('a slow endpoint holds up no other writer', async (t) => {
  const fake = await whylabsFake(t)
  const slow = new WhyLabsWriter({ endpoint: fake.endpoint, apiKey: fake.key, orgId: fake.org })
  let go
  const gate = new Promise((resolve) => {
    go = resolve
  })
  for (let call = 0; call < 4; call++) fake.faults.log.push(() => gate)
  const other = []
  const quick = { write: (item) => void other.push(item) }
  const { logger } = memoryLogger(t, { writerFactory: { createWriters: () => [slow, quick] } })
  const arrived = new Promise((resolve) => {
    quick.write = (item) => {
      other.push(item)
      if (other.length === 4) resolve()
    }
  })
  for (let day = 0; day < 4; day++) logger.log({ a: 1 }, { ...to, timestampMs: DAY - day * 86_400_000 })
  const flushed = logger.flush()
  await arrived
  go()
  assert.deepEqual(await flushed, { written: 4, pending: 0 })
})

test('alone: writes, retries at the same address, and uploads references', async (t) => {
  const fake = await whylabsFake(t)
  const writer = new WhyLabsWriter({ endpoint: fake.endpoint, apiKey: fake.key, orgId: fake.org })
  const { logger, writer: memory } = memoryLogger(t)
  logger.log({ a: 1 }, to)
  await logger.flush()
  const [item] = memory.items
  fake.faults.put.push('lost')
  await assert.rejects(writer.write(item), { code: 'ERR_WRITER' })
  await writer.write(item)
  assert.deepEqual([fake.made('log'), counted(fake)], [1, 1])
  await writer.writeReference(item.view(), { datasetId: 'd', alias: 'baseline' })
  await writer.writeReference(item.bytes, { datasetId: 'd', alias: 'other', datasetTimestampMs: 5 })
  const references = fake.stored().filter(({ alias }) => alias)
  assert.deepEqual(
    references.map(({ alias, timestamp }) => [alias, timestamp]),
    [
      ['baseline', DAY],
      ['other', 5],
    ],
  )
  await assert.rejects(writer.writeReference(item.bytes, { datasetId: 'none', alias: 'x' }), {
    code: 'ERR_DATASET_NOT_FOUND',
  })
})

test('options and the environment', (t) => {
  const names = ['API_KEY', 'DEFAULT_ORG_ID', 'API_ENDPOINT', 'PRIVATE_API_ENDPOINT'].map((name) => `WHYLABS_${name}`)
  const before = names.map((name) => [name, process.env[name]])
  t.after(() => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  })
  for (const name of names) delete process.env[name]
  const refused = (options, option) => {
    const fails = (error) => error.option === option && !/secret/.test(error.message)
    assert.throws(() => new WhyLabsWriter(options), fails, option)
  }
  refused({}, 'apiKey')
  refused({ apiKey: 'short.secret' }, 'apiKey')
  refused({ apiKey: '0123456789-secret' }, 'apiKey')
  refused({ apiKey: '0123456789.secret', endpoint: 'http://example.com' }, 'endpoint')
  refused({ apiKey: '0123456789.secret', endpoint: 'nowhere' }, 'endpoint')
  refused({ apiKey: '0123456789.secret', timeoutMs: 0 }, 'timeoutMs')
  refused({ apiKey: '0123456789.secret', region: 'eu', other: 1 }, 'other')
  const factory = new WhyLabsWriterFactory({ apiKey: '0123456789.secret' })
  assert.throws(() => factory.createWriters('d'), { option: 'orgId' })
  assert.equal(factory.createWriters('d', 'org-2').length, 1)
  process.env.WHYLABS_API_KEY = '0123456789.secret'
  process.env.WHYLABS_DEFAULT_ORG_ID = 'org-1'
  process.env.WHYLABS_API_ENDPOINT = 'https://one.example.com/'
  assert.equal(new WhyLabsWriter().name, 'whylabs:https://one.example.com')
  process.env.WHYLABS_PRIVATE_API_ENDPOINT = 'https://two.example.com'
  assert.equal(new WhyLabsWriterFactory().createWriters('d')[0].name, 'whylabs:https://two.example.com')
})
