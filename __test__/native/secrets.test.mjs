/** No secret is shown: not by console.log of anything public, nor in JSON, text, errors, events or warnings. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import * as ours from '../../dist/index.js'
import { whylabsFake } from '../support/whylabs-fake.mjs'

const FROM_ENVIRONMENT = '0123456789.key-of-the-environment'
const FROM_OPTIONS = 'abcdefghij.key-of-the-options'
const OF_A_WRITER = 'secret-of-an-own-writer'
const SECRETS = [FROM_ENVIRONMENT, FROM_OPTIONS, OF_A_WRITER, 'key-of-the', 'signature=']

/** Every form in which bytes may be printed. */
const formsOf = (bytes) => [
  bytes.toString('hex'),
  bytes.toString('base64'),
  bytes.toString('base64url'),
  bytes.toString('latin1'),
  inspect(bytes).slice('<Buffer '.length, -1),
  [...bytes.subarray(0, 8)].join(','),
  [...bytes.subarray(0, 8)].join(', '),
]

/** Everything that is printed of an object. */
function printed(object) {
  const json = (space) => {
    try {
      return JSON.stringify(object, null, space) ?? ''
    } catch (error) {
      return String(error)
    }
  }
  return [
    inspect(object),
    inspect(object, { showHidden: true, depth: 10, maxArrayLength: null, maxStringLength: null }),
    inspect(object, { showHidden: true, depth: 10, customInspect: false }),
    inspect(object, { depth: null, getters: true }),
    inspect({ nested: [object] }, { depth: null, compact: false, sorted: true }),
    json(0),
    json(2),
    String(object),
  ]
}

function assertNoSecret(name, texts, secrets = SECRETS) {
  for (const text of texts) {
    for (const secret of secrets) {
      assert.ok(!text.includes(secret), `${name} shows ${JSON.stringify(secret)}:\n${text.slice(0, 2000)}`)
    }
  }
}

class OwnWriter {
  name = 'own'
  token = OF_A_WRITER
  write() {}
}
const ownFactory = () => ({ token: OF_A_WRITER, createWriters: () => [new OwnWriter()] })

function environment(t) {
  const before = process.env.WHYLABS_API_KEY
  process.env.WHYLABS_API_KEY = FROM_ENVIRONMENT
  t.after(() => {
    if (before === undefined) delete process.env.WHYLABS_API_KEY
    else process.env.WHYLABS_API_KEY = before
  })
}

/** An object of each class that is exported, with secrets wherever they can be given. */
async function samples(t) {
  const { LogMessage, MemoryWriter, ProcessRollingLogger, Schedule, ThreadRollingLogger } = ours
  const upload = { apiKey: FROM_OPTIONS, orgId: 'org-1' }
  const request = { datasetId: 'd', timestamp: null, multiple: { columns: ['a'], data: [[1]] } }
  const running = (logger) => {
    logger.start()
    t.after(() => logger.isAlive() && logger.close({ timeoutMs: 1, onLoss: 'report' }))
    logger.log({ a: 1 }, { datasetId: 'd' })
    return logger
  }
  const logger = running(new ProcessRollingLogger({ writeSchedule: null, writerFactory: ownFactory() }))
  const written = new MemoryWriter()
  const alone = new ThreadRollingLogger({ writers: [written, new OwnWriter()] })
  alone.log({ a: 1 })
  const [view] = await alone.getProfileViews()
  t.after(() => alone.close({ timeoutMs: 1, onLoss: 'report' }))
  const timer = new ours.FunctionTimer(new Schedule('Minute', 5), () => {})
  t.after(() => timer.stop())
  const objects = {
    BaseProcessRollingLogger: new ours.BaseProcessRollingLogger(),
    CloseMessage: new ours.CloseMessage(),
    ColumnView: view.column('a'),
    ConditionValidator: new ours.ConditionValidator({ name: 'v', conditions: {} }),
    DatasetHandle: logger.dataset('d'),
    DatasetSchema: new ours.DatasetSchema(),
    FlushMessage: new ours.FlushMessage(),
    FunctionTimer: timer,
    LocalWriter: new ours.LocalWriter('profiles'),
    LocalWriterFactory: new ours.LocalWriterFactory('profiles'),
    LogMessage: new LogMessage(0, request),
    LoggerOptions: new ours.LoggerOptions(),
    MemoryWriter: written,
    PipeSignaler: new ours.PipeSignaler(),
    Predicate: ours.greaterThan(0),
    ProcessRollingLogger: logger,
    ProcessStatusMessage: new ours.ProcessStatusMessage(),
    ProfileView: view,
    RawLogEmbeddingsMessage: new ours.RawLogEmbeddingsMessage(Buffer.from(OF_A_WRITER), 0),
    RawLogMessage: new ours.RawLogMessage(Buffer.from('{}'), 0),
    RawPubSubEmbeddingMessage: new ours.RawPubSubEmbeddingMessage(Buffer.from('{}'), 0),
    RawPubSubMessage: new ours.RawPubSubMessage(Buffer.from('{}'), 0),
    ResultSet: ours.ResultSet.of([view]),
    Schedule: new Schedule('Minute', 5),
    SegmentationPartition: new ours.SegmentationPartition({ columns: ['a'] }),
    ThreadLoggerFactory: new ours.ThreadLoggerFactory(),
    ThreadRollingLogger: alone,
    WhyLabsWriter: new ours.WhyLabsWriter(upload),
    WhyLabsWriterFactory: new ours.WhyLabsWriterFactory(upload),
  }
  const more = [
    new ours.WhyLabsWriter(),
    new ours.WhyLabsWriterFactory(),
    new ThreadRollingLogger({ writers: [new ours.WhyLabsWriter(upload), new OwnWriter()] }),
    // Its writers are those of the environment.
    new ProcessRollingLogger(),
    new ours.LoggerOptions({ writerFactory: new ours.WhyLabsWriterFactory(upload) }),
    { QueueType: ours.QueueType, resolvers: ours.STANDARD_RESOLVER, columns: ours.columns({ a: [1] }) },
  ]
  return { objects, more }
}

const isClass = (value) => typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value))

test('of every class there is a sample, and each is shown under the name that is exported', async (t) => {
  environment(t)
  const { objects } = await samples(t)
  const exported = Object.entries(ours).filter(([, value]) => isClass(value) && !(value.prototype instanceof Error))
  assert.deepEqual(Object.keys(objects).sort(), exported.map(([name]) => name).sort())
  for (const [name, type] of exported) {
    assert.equal(type.name, name)
    assert.ok(objects[name] instanceof type, name)
    assert.match(inspect(objects[name]), new RegExp(`^${name} \\{`))
  }
})

test('no object shows a key', async (t) => {
  environment(t)
  const { objects, more } = await samples(t)
  for (const [name, object] of Object.entries(objects)) assertNoSecret(name, printed(object))
  for (const object of more) assertNoSecret(inspect(object), printed(object))
  for (const [name, value] of Object.entries(ours)) assertNoSecret(name, [inspect(value, { showHidden: true })])
})

test('no logger shows its authkey, alive or closed', async () => {
  class OwnLogger extends ours.BaseProcessRollingLogger {}
  for (const Logger of [ours.ProcessRollingLogger, OwnLogger]) {
    const logger = new Logger({ writerFactory: ownFactory(), writeSchedule: null, syncEnabled: true })
    const secrets = [...SECRETS, ...formsOf(logger.authkey)]
    assert.deepEqual(printed(logger).length, 8)
    assertNoSecret('new', printed(logger), secrets)
    logger.start()
    assertNoSecret('running', printed(logger), secrets)
    await logger.close()
    assertNoSecret('closed', printed(logger), secrets)
    assert.ok(!Object.keys(logger).includes('authkey'))
    const given = Buffer.from('given')
    logger.authkey = given
    assert.equal(logger.authkey, given)
  }
})

test('errors, events and warnings of uploads hold no key and no signed address', async (t) => {
  environment(t)
  const warned = []
  const listen = (warning) => warned.push(warning)
  process.on('warning', listen)
  t.after(() => process.off('warning', listen))
  const told = []
  const run = async (fakeOptions, writerOptions, faults) => {
    const fake = await whylabsFake(t, { key: FROM_OPTIONS, ...fakeOptions })
    Object.assign(fake.faults, faults)
    const { endpoint, org } = fake
    const writerFactory = new ours.WhyLabsWriterFactory({
      endpoint,
      apiKey: FROM_OPTIONS,
      orgId: org,
      ...writerOptions,
    })
    const logger = new ours.ProcessRollingLogger({ writeSchedule: null, writerFactory })
    const quiet = new ours.ProcessRollingLogger({ writeSchedule: null, writerFactory })
    for (const event of ['writeFailed', 'warning', 'error']) logger.on(event, (...given) => told.push(...given))
    for (const each of [logger, quiet]) {
      each.start()
      each.log({ a: 1 }, { datasetId: 'd' })
      await each.flush()
      await each.close({ timeoutMs: 1 }).catch((error) => told.push(error))
    }
    return new ours.WhyLabsWriter({ endpoint, apiKey: FROM_OPTIONS, orgId: org, ...writerOptions })
  }
  // An endpoint that says the key back.
  const echo = (status) => ({
    status,
    body: { message: `bad key ${FROM_OPTIONS}` },
    headers: { 'x-key': FROM_OPTIONS },
  })
  const fails = (make) => Array.from({ length: 9 }, make)
  await run({ key: '0123456789.another' }, {}, {})
  await run({ datasets: [] }, {}, {})
  for (const status of [400, 401, 403, 404, 429, 500]) {
    await run({}, {}, { log: fails(() => echo(status)) })
    await run({}, {}, { put: fails(() => echo(status)) })
  }
  await run({}, {}, { put: fails(() => 'reset') })
  await run({}, { transactions: true }, { begin: fails(() => echo(500)) })
  assert.ok(told.length > 20)
  await new Promise(setImmediate)
  assert.ok(warned.length > 0)
  for (const event of [...told, ...warned]) assertNoSecret('event', printed(event))
  for (const { error } of told.filter((event) => event.error)) assertNoSecret('error', [error.stack, error.message])
})

test('options that are refused are not said back where they are secret', async (t) => {
  environment(t)
  const refused = [
    () => new ours.WhyLabsWriter({ apiKey: `${FROM_OPTIONS} ` }),
    () => new ours.WhyLabsWriter({ apiKey: `key-of-the-options-without-a-dot` }),
    () => new ours.WhyLabsWriter({ apiKey: FROM_OPTIONS, orgID: 'o' }),
    () => new ours.WhyLabsWriter({ apiKey: FROM_OPTIONS, endpoint: `http://example.com/?k=${FROM_OPTIONS}` }),
    () => new ours.WhyLabsWriter({ apiKey: FROM_OPTIONS, endpoint: `https://user:${FROM_OPTIONS}@example.com` }),
    () => new ours.WhyLabsWriter({ apiKey: FROM_OPTIONS, endpoint: `https://${FROM_OPTIONS}@example.com` }),
    () => new ours.WhyLabsWriterFactory({ apiKey: FROM_OPTIONS, timeoutMs: FROM_OPTIONS }),
    () => new ours.WhyLabsWriterFactory({ apiKey: FROM_OPTIONS }).createWriters('d'),
    () => new ours.ProcessRollingLogger({ writerFactory: { token: OF_A_WRITER } }),
    () => new ours.ThreadRollingLogger({ writers: [{ token: OF_A_WRITER }] }),
  ]
  for (const refuse of refused) {
    assert.throws(refuse, (error) => {
      assert.equal(error.code, 'ERR_INVALID_OPTION')
      assertNoSecret(refuse.toString(), [...printed(error), error.stack.split('\n')[0]])
      return true
    })
  }
})
