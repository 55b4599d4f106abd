/**
 * One logger of a program, with its model, its writers and the promises that it gave.
 *
 * Every call that offers a message is held against the counters right away: it is accepted, refused or
 * dropped, exactly one of them, and refused when and only when it throws.
 */
import { badOf } from './bad.mjs'
import { differences, excesses, merged } from './compare.mjs'
import { canWait, DATASETS, hand, placeOf, rowsOf, timeOf, waited } from './messages.mjs'
import { Model, placeKey } from './model.mjs'
import { Promises, rejectsWith, resolvesOr, within } from './promises.mjs'
import { SEGMENT_COLUMN } from './values.mjs'
import { ModelFolders, ModelWriter } from './writers.mjs'

const FATES = { acceptedMessages: 'accepted', refusedMessages: 'refused', droppedMessages: 'dropped' }
/** Long enough for a writer that fails and is tried again; nobody waits for it otherwise. */
const CLOSE_MS = 20_000
/** Given to those who never answer. */
const GIVE_UP_MS = 30
/** Why a promise is waited for no longer. */
const GIVEN_UP = Object.assign(new Error('given up'), { code: 'GIVEN_UP' })
const STATUS_MS = 20_000

/** A message of a class of the program's own: it logs `command` when it is processed. */
class Note {
  constructor(command, fails) {
    this.command = command
    this.fails = fails
  }
}

export class Session {
  faults = []
  promises = new Promises()
  rows = 0
  #lib
  #settings
  #clock
  #model
  #writers
  #logger
  #ended
  /** 'running', 'closing' or 'dead'. */
  #state = 'running'
  /** It was killed or terminated before a close had ended. */
  #isCut = false
  #ownWaiting = 0
  #pendingAtClose = null
  /** Flushes, and rows waited for until they are written, that have not ended. */
  #writing = 0

  constructor(lib, settings, clock) {
    this.#lib = lib
    this.#settings = settings
    this.#clock = clock
    this.#model = new Model({ ...this.#ways, maxValueBytes: settings.valueBytes ?? 65_536 })
    const plans = settings.writers ?? [{ answer: 'ok' }]
    this.#writers = plans.map((plan, at) =>
      plan.answer === 'folder' ? new ModelFolders(lib, `writer-${at}`) : new ModelWriter(plan, `writer-${at}`),
    )
    this.#logger = this.#makeLogger()
    this.#ended = new Promise((resolve) => this.#logger.once('exit', resolve))
    this.#logger.start()
  }

  /** How rows are told apart. */
  get #ways() {
    return { aggregateBy: this.#settings.aggregateBy ?? 'Day', hasSegments: this.#settings.segments === true }
  }

  #makeLogger() {
    const session = this
    class ModelLogger extends this.#lib.BaseProcessRollingLogger {
      processBatch(batch) {
        return session.#processBatch(batch)
      }
    }
    const logger = new ModelLogger(optionsOf(this.#lib, this.#settings, this.#writers, () => this.#clock.now))
    logger.on('error', (error) => this.faults.push(`the engine tells of ${error.code}: ${error.message}`))
    for (const event of ['warning', 'rejected', 'writeFailed']) logger.on(event, () => {})
    return logger
  }

  /** What `log` may be refused with now, besides what is wrong with the message. */
  get #refusals() {
    return this.#state === 'closing' ? ['ERR_CLOSED'] : this.#refusalsInBatch
  }

  /** The same of what `processBatch` logs: a close waits for it. */
  get #refusalsInBatch() {
    if (this.#state === 'dead') return ['ERR_NOT_ALIVE']
    const { buffer, queueMessages } = this.#settings
    return [...(buffer || queueMessages ? ['ERR_QUEUE_FULL'] : []), ...(buffer ? ['ERR_MESSAGE_TOO_LARGE'] : [])]
  }

  /** What a promise may be rejected with that would have resolved if nobody had cut it short. */
  #cuts(isWritten = false) {
    const isLost = isWritten && !this.isSure
    return this.#isCut || isLost ? ['ERR_NOT_ALIVE', 'ERR_CLOSED', 'ERR_DATA_LOST'] : []
  }

  /** Whether every writer keeps everything in the end. */
  get isSure() {
    return this.#writers.every(({ isSure }) => isSure)
  }

  /** Offers a message by `call`; what became of it, and by which code it was refused. */
  #offer(what, call, offers = 1) {
    const before = this.#logger.stats()
    let answer
    let code = null
    try {
      answer = call()
    } catch (error) {
      code = error?.code ?? `no code: ${error}`
    }
    const after = this.#logger.stats()
    const fates = Object.keys(FATES).filter((counter) => after[counter] !== before[counter])
    if (after.offeredMessages !== before.offeredMessages + offers || fates.length !== 1) {
      this.faults.push(
        `${what}: offered ${after.offeredMessages - before.offeredMessages}, ${fates.join(', ') || 'no fate'}`,
      )
    }
    const fate = FATES[fates[0]] ?? 'refused'
    this.#model.offered += offers
    if (fate === 'refused') this.#model.refused += offers
    if (fate === 'dropped') this.#model.dropped++
    if (!(answer instanceof Promise) && (fate === 'refused') !== (code !== null)) {
      this.faults.push(`${what} is ${fate}, and ${code === null ? 'does not throw' : `throws ${code}`}`)
    }
    return { fate, code, answer }
  }

  /** Logs what a command says. */
  log(given, refusals = this.#refusals) {
    const { maxColumns } = this.#settings
    // Which of them go over the limit is known by their promises alone.
    const command = maxColumns ? { ...given, form: waited(given.form), sync: 'tracked', aborts: false } : given
    for (const rows of rowsOf(command, this.#ways)) this.#logRows(command, rows, refusals)
  }

  #logRows(command, rows, refusals) {
    const sync = canWait(command.form) ? (command.sync ?? undefined) : undefined
    const { now } = this.#clock
    const abort = sync && command.aborts ? new AbortController() : null
    const options = { ...placeOf(rows[0].dataset), timestampMs: timeOf(command.bucket), sync, signal: abort?.signal }
    const what = `${command.form}${sync ? ` until ${sync}` : ''}`
    const width = this.#settings.maxColumns ? this.#model.offerColumns(rows, now) : null
    const { fate, code, answer } = this.#offer(what, () => hand(this.#lib, this.#logger, command, rows, options, now))
    if (fate === 'accepted') {
      this.#model.accepted++
      this.rows += rows.length
      if (width === null) this.#model.track(rows, now)
    } else if (code !== null && !refusals.includes(code)) {
      this.faults.push(`${what} of a good message throws ${code}`)
    }
    if (!sync) return
    abort?.abort(GIVEN_UP)
    if (sync === 'written') this.#writing++
    const codes = abort ? [GIVEN_UP.code] : []
    const judge = (outcome) => this.#judgeLog({ fate, sync, refusals, width, codes }, outcome)
    this.promises.watch(what, answer, judge, ({ code }) => {
      // What is given up is written all the same, and nobody hears when.
      if (sync === 'written' && !abort) this.#writing--
      if (width === null || fate !== 'accepted') return
      if (code === null) this.#model.track(rows, now)
      else this.#model.rejected++
    })
  }

  #judgeLog({ fate, sync, refusals, width, codes }, outcome) {
    const isWide = width !== null && width() > this.#settings.maxColumns
    const tooWide = isWide ? ['ERR_TOO_MANY_COLUMNS'] : []
    if (fate === 'refused') return rejectsWith([...refusals, ...tooWide, ...codes], outcome)
    if (fate === 'dropped') return rejectsWith(['ERR_QUEUE_FULL', ...codes], outcome)
    return resolvesOr([...codes, ...tooWide, ...(sync === 'accepted' ? [] : this.#cuts(sync === 'written'))], outcome)
  }

  /** Offers a message that is not good. */
  bad({ kind, dataset, sync }) {
    const { refused = false, code: expected, hand, offers } = badOf(kind)
    const refusals = refused && this.#state === 'running' ? [expected] : this.#refusals
    const place = { ...placeOf(dataset), timestampMs: 0, sync: sync && !refused ? true : undefined }
    const { fate, code, answer } = this.#offer(
      kind,
      () => hand(this.#logger, place, this.#lib),
      this.#state === 'running' ? offers : 1,
    )
    if (code !== null && !refusals.includes(code)) this.faults.push(`bad ${kind} throws ${code}`)
    if (fate === 'accepted') {
      this.#model.accepted++
      this.#model.rejected++
      if (refused) this.faults.push(`bad ${kind} is accepted`)
    }
    if (answer instanceof Promise) {
      this.promises.watch(`bad ${kind}`, answer, (outcome) =>
        rejectsWith(fate === 'accepted' ? [expected, ...this.#cuts()] : [...refusals, 'ERR_QUEUE_FULL'], outcome),
      )
    }
  }

  /** Sends messages of the program's own class. */
  own({ command, count, fails, sync }) {
    for (let i = 0; i < count; i++) {
      const note = new Note({ ...command, from: command.from + i * command.rows }, fails)
      const refusals = this.#refusals
      const { fate, code, answer } = this.#offer('own message', () => this.#logger.send(note, { sync }))
      if (code !== null && !refusals.includes(code)) this.faults.push(`own message throws ${code}`)
      if (fate === 'accepted') {
        this.#model.accepted++
        this.#ownWaiting++
      }
      if (answer instanceof Promise) {
        this.promises.watch('own message', answer, (outcome) => this.#judgeOwn(note, fate, refusals, outcome))
      }
    }
  }

  #judgeOwn(note, fate, refusals, outcome) {
    if (fate === 'refused') return rejectsWith(refusals, outcome)
    if (fate === 'dropped') return rejectsWith(['ERR_QUEUE_FULL'], outcome)
    if (note.isRefused) return rejectsWith(['ERR_PROCESS_BATCH', ...this.#cuts()], outcome)
    return resolvesOr(this.#cuts(), outcome)
  }

  async #processBatch(batch) {
    this.#ownWaiting -= batch.length
    if (batch.some(({ fails }) => fails)) {
      for (const note of batch) note.isRefused = true
      this.#model.rejected += batch.length
      throw new Error('told to fail')
    }
    for (const { command } of batch) {
      this.log({ ...command, sync: null }, this.#refusalsInBatch)
      await null
    }
  }

  /** Flushes; with `isAlone` nothing else is under way until it ends, so that everything is written then. */
  async flush(isAlone) {
    const isCovered = this.#ownWaiting === 0
    this.#writing++
    const refusals = this.#refusalsOfCalls
    const flushed = this.#logger.flush()
    await this.promises.watch('flush', flushed, (outcome) =>
      refusals.length > 0 ? rejectsWith(refusals, outcome) : resolvesOr(this.#cuts(true), outcome),
    )
    this.#writing--
    if (!isAlone || !isCovered || !this.#isQuiet || !this.#isPrompt) return
    const { pending } = await flushed
    if (pending > 0 && !this.#writesByItself) this.faults.push(`flush leaves ${pending} pending`)
    for (const writer of this.#writers) this.#compare(differences, writer.profiles(), 'after a flush')
  }

  get #isPrompt() {
    return this.#writers.every((writer) => writer.isPrompt)
  }

  /** Whether profiles are written without being asked for. */
  get #writesByItself() {
    return Boolean(this.#settings.schedule || this.#settings.profileBytes)
  }

  /** What calls without a message are refused with. */
  get #refusalsOfCalls() {
    return { running: [], closing: ['ERR_CLOSED'], dead: ['ERR_NOT_ALIVE'] }[this.#state]
  }

  /** Calls what only asks, by the name of the method. */
  ask(method, ...given) {
    const refusals = this.#refusalsOfCalls
    return this.promises.watch(method, this.#logger[method](...given), (outcome) =>
      refusals.length > 0 ? rejectsWith(refusals, outcome) : resolvesOr(this.#cuts(), outcome),
    )
  }

  /** Whether nothing is on its way that the model has and profiles may not have, once a flush or barrier has ended. */
  get #isQuiet() {
    return this.#state === 'running' && this.#ownWaiting === 0 && this.#writing === 0
  }

  /** What is written and what is open are together the model. */
  async checkViews() {
    await this.ask('processMessages')
    const isStill = this.#isPrompt && !this.#writesByItself && !this.#settings.segments
    if (!this.#isQuiet || !isStill) return
    const open = []
    for (let number = 0; number < DATASETS; number++) {
      const { datasetId, orgId = null } = placeOf(number)
      const views = this.#logger.getProfileViews(datasetId, orgId ?? undefined, { timeoutMs: STATUS_MS })
      await this.promises.watch('getProfileViews', views, (outcome) => resolvesOr(this.#cuts(), outcome))
      for (const view of await views.catch(() => [])) {
        open.push({ place: placeKey(orgId, datasetId, view.datasetTimestamp.getTime(), null), view })
      }
    }
    if (!this.#isQuiet) return
    for (const writer of this.#writers) this.#compare(differences, [...writer.profiles(), ...open], 'with what is open')
  }

  /** All that was written, by writer and place, in the order of their writing; but for when and by which run. */
  get images() {
    const images = this.#writers.flatMap((writer) =>
      writer.profiles().map(({ place, view }) => ({
        place: `${writer.name} ${place}`,
        text: JSON.stringify({ ...view.toJSON(), creationTimestamp: null, metadata: null }),
      })),
    )
    return images.sort((left, right) => (left.place < right.place ? -1 : left.place > right.place ? 1 : 0))
  }

  #compare(how, profiles, when) {
    this.faults.push(...how(this.#model, merged(profiles)).map((what) => `${when}: ${what}`))
  }

  close() {
    const state = this.#state
    if (state === 'running') this.#state = 'closing'
    const timeoutMs = this.isSure ? CLOSE_MS : GIVE_UP_MS
    const judge = (outcome) => {
      if (state === 'dead' || this.#isCut) return resolvesOr(['ERR_NOT_ALIVE'], outcome)
      if (outcome.value?.pending > 0) return `leaves ${outcome.value.pending} pending`
      return resolvesOr(this.isSure ? [] : ['ERR_DATA_LOST'], outcome)
    }
    return this.promises.watch('close', this.#logger.close({ timeoutMs }), judge, ({ value }) => {
      this.#pendingAtClose ??= value?.pending ?? null
    })
  }

  /** Stops without writing, by `kill` or `terminate`. */
  stop(method) {
    if (this.#logger.isAlive()) {
      this.#state = 'dead'
      this.#isCut = true
    }
    this.#logger[method]()
  }

  /** Ends it, if the program has not, and checks what is left. */
  async end(how, patienceMs) {
    if (how === 'close') await within(this.close(), patienceMs)
    else this.stop(how)
    await within(this.#ended, patienceMs)
    const attempts = this.#writers.map((writer) => writer.attempts)
    for (const writer of this.#writers) writer.release()
    await this.promises.settle(patienceMs)
    this.#checkEnd(attempts)
    for (const writer of this.#writers) writer.remove()
  }

  #checkEnd(attempts) {
    this.faults.push(...this.promises.faults)
    this.#writers.forEach((writer, at) => {
      const late = writer.attempts - attempts[at]
      if (late > 0) this.faults.push(`${late} writes begin after the end`)
      // Who says that nothing is pending has written everything, whatever the writers are like.
      const isWhole = !this.#isCut && (this.isSure || this.#pendingAtClose === 0)
      this.#compare(isWhole ? differences : excesses, writer.profiles(), 'at the end')
    })
    this.#checkLedger()
  }

  #checkLedger() {
    const stats = this.#logger.stats()
    const { offered, accepted, refused, dropped, rejected, trackedRows, unsegmented } = this.#model
    const is = (name, value) => {
      if (stats[name] !== value) this.faults.push(`${name} is ${stats[name]}, not ${value}`)
    }
    is('offeredMessages', offered)
    is('refusedMessages', refused)
    is('droppedMessages', dropped)
    is('acceptedMessages', accepted)
    if (this.#isCut) return
    is('rejectedMessages', rejected)
    is('trackedMessages', accepted - rejected)
    is('trackedRows', trackedRows)
    is('acceptedRows', stats.trackedRows + stats.rejectedRows)
    is('unsegmentedRows', unsegmented)
    is('queueBytes', 0)
    is('queueMessages', 0)
  }
}

const writersOf = (writers, datasetId, orgId) => writers.map((writer) => writer.writerFor(datasetId, orgId))

/** Every dataset has a logger of its own, with the same options. */
const factoryOf = (lib, { aggregateBy = 'Day' }, writers) => ({
  createLogger: (datasetId, orgId, { writeSchedule, minWriteIntervalMs, schema }) =>
    new lib.ThreadRollingLogger({
      writers: writersOf(writers, datasetId, orgId),
      aggregateBy,
      writeSchedule,
      minWriteIntervalMs,
      schema,
    }),
})

function optionsOf(lib, settings, writers, currentTimeFn) {
  const { workers = 1, linger, seed, buffer, queueMessages, onFull, profileBytes, maxColumns, valueBytes } = settings
  const limits = { maxProfileBytes: profileBytes, maxColumns, maxValueBytes: valueBytes }
  const queueConfig = { messageAccumulationDurationMs: linger, maxBufferBytes: buffer, maxQueueMessages: queueMessages }
  return {
    workers,
    seed,
    onFull,
    blockTimeoutMs: 10,
    currentTimeFn,
    aggregateBy: settings.aggregateBy,
    writeSchedule: settings.schedule ? new lib.Schedule('Second', 1) : null,
    minWriteIntervalMs: 1000,
    queueType: queueMessages === undefined ? undefined : 'MP',
    queueConfig: given(queueConfig),
    limits: given(limits),
    schema: settings.segments ? new lib.DatasetSchema({ segments: lib.segmentOnColumn(SEGMENT_COLUMN) }) : undefined,
    syncEnabled: true,
    flushOnExit: false,
    writerFactory: { createWriters: (datasetId, orgId) => writersOf(writers, datasetId, orgId) },
    loggerFactory: settings.factory ? factoryOf(lib, settings, writers) : undefined,
  }
}

const given = (options) => Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
