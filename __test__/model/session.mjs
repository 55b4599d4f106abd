/** One logger of a program, with its model, its writers and the promises that it gave. */
import { differences, excesses, merged } from './compare.mjs'
import { Life } from './life.mjs'
import { makeLogger } from './loggers.mjs'
import { Losses } from './losses.mjs'
import { DATASETS, placeOf } from './messages.mjs'
import { Model, placeKey } from './model.mjs'
import { Offers } from './offers.mjs'
import { Promises, rejectsWith, resolvesOr, within } from './promises.mjs'
import { Told } from './told.mjs'
import { keyOfSegment } from './values.mjs'
import { ModelFolders, ModelWriter } from './writers.mjs'

/** Long enough for a writer that fails and is tried again; nobody waits for it otherwise. */
const CLOSE_MS = 20_000
/** Given to those who never answer. */
const GIVE_UP_MS = 30
const STATUS_MS = 20_000

export class Session {
  faults = []
  promises = new Promises()
  /** The messages that it is offered. */
  offers
  #life
  #model
  #writers
  #logger
  #told
  #losses
  #ended
  #pendingAtClose = null

  constructor(lib, settings, clock) {
    this.#model = new Model(settings)
    const plans = settings.writers ?? [{ answer: 'ok' }]
    this.#writers = plans.map((plan, at) =>
      plan.answer === 'folder' ? new ModelFolders(lib, `writer-${at}`) : new ModelWriter(plan, `writer-${at}`),
    )
    this.#life = new Life(settings, this.#writers)
    const processBatch = (batch) => this.offers.processBatch(batch)
    this.#logger = makeLogger(lib, settings, this.#writers, () => clock.now, processBatch)
    this.#logger.on('error', (error) => this.faults.push(`the engine tells of ${error.code}: ${error.message}`))
    for (const event of ['warning', 'writeFailed']) this.#logger.on(event, () => {})
    this.#told = new Told(this.#logger)
    this.#losses = new Losses(this.#logger)
    this.#ended = new Promise((resolve) => this.#logger.once('exit', resolve))
    const { promises, faults } = this
    const [model, life, logger, told] = [this.#model, this.#life, this.#logger, this.#told]
    this.offers = new Offers({ lib, settings, clock, model, life, logger, promises, told, faults })
    this.#logger.start()
  }

  /** Whether every writer keeps everything in the end. */
  get isSure() {
    return this.#life.isSure
  }

  /** Flushes; with `isAlone` nothing else is under way until it ends, so that everything is written then. */
  async flush(isAlone) {
    const isCovered = this.#life.ownWaiting === 0
    this.#life.writing++
    const refusals = this.#life.refusalsOfCalls
    const flushed = this.#logger.flush()
    this.offers.flush()
    await this.promises.watch('flush', flushed, (outcome) =>
      refusals.length > 0 ? rejectsWith(refusals, outcome) : resolvesOr(this.#life.cuts(true), outcome),
    )
    this.#life.writing--
    if (!isAlone || !isCovered || !this.#life.isQuiet || !this.#life.isPrompt) return
    const { pending } = await flushed
    if (pending > 0 && !this.#life.writesByItself) this.faults.push(`flush leaves ${pending} pending`)
    for (const writer of this.#writers) this.#compare(differences, writer.profiles(), 'after a flush')
  }

  /** Calls what only asks, by the name of the method. */
  ask(method, ...given) {
    const refusals = this.#life.refusalsOfCalls
    return this.promises.watch(method, this.#logger[method](...given), (outcome) =>
      refusals.length > 0 ? rejectsWith(refusals, outcome) : resolvesOr(this.#life.cuts(), outcome),
    )
  }

  /** What is written and what is open are together the model. */
  async checkViews() {
    await this.ask('processMessages')
    const isStill = this.#life.isPrompt && !this.#life.writesByItself
    if (!this.#life.isQuiet || !isStill) return
    const open = []
    for (let number = 0; number < DATASETS; number++) {
      const { datasetId, orgId = null } = placeOf(number)
      const views = this.#logger.getProfileViews(datasetId, orgId ?? undefined, { timeoutMs: STATUS_MS })
      await this.promises.watch('getProfileViews', views, (outcome) => resolvesOr(this.#life.cuts(), outcome))
      for (const view of await views.catch(() => [])) {
        const segment = keyOfSegment(view.segment)
        open.push({ place: placeKey(orgId, datasetId, view.datasetTimestamp.getTime(), segment), view })
      }
    }
    if (!this.#life.isQuiet) return
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
    const state = this.#life.state
    if (state === 'running') this.#life.state = 'closing'
    const timeoutMs = this.#life.isSure ? CLOSE_MS : GIVE_UP_MS
    const judge = (outcome) => {
      if (state === 'dead' || this.#life.isCut) return resolvesOr(['ERR_NOT_ALIVE'], outcome)
      if (outcome.value?.pending > 0) return `leaves ${outcome.value.pending} pending`
      if (outcome.code !== 'ERR_DATA_LOST' || this.#life.isSure) return resolvesOr([], outcome)
      return this.#losses.faults(outcome.error, this.#logger.stats()).join('; ') || null
    }
    return this.promises.watch('close', this.#logger.close({ timeoutMs }), judge, ({ value, code }) => {
      this.#pendingAtClose ??= value?.pending ?? null
      if (code === 'ERR_DATA_LOST') this.#losses.note(this.#model, this.#writers)
    })
  }

  /** Stops without writing, by `kill` or `terminate`. */
  stop(method) {
    if (this.#logger.isAlive()) this.#life.cut()
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
      const isWhole = !this.#life.isCut && (this.#life.isSure || this.#pendingAtClose === 0)
      this.#compare(isWhole ? differences : excesses, writer.profiles(), 'at the end')
    })
    // What had no turn before a close gave up is rejected.
    if (!this.#life.isCut && !this.#life.isSure) this.#model.rejected += this.#life.ownWaiting
    this.faults.push(...this.#told.faults(this.#life.isCut, this.#logger.stats()))
    this.#checkLedger()
  }

  #checkLedger() {
    const stats = this.#logger.stats()
    const { offered, accepted, refused, dropped, rejected, rejectedRows, trackedRows, unsegmented } = this.#model
    const is = (name, value) => {
      if (stats[name] !== value) this.faults.push(`${name} is ${stats[name]}, not ${value}`)
    }
    is('offeredMessages', offered)
    is('refusedMessages', refused)
    is('droppedMessages', dropped)
    is('acceptedMessages', accepted)
    if (this.#life.isCut) return
    is('rejectedMessages', rejected)
    is('trackedMessages', accepted - rejected)
    is('rejectedRows', rejectedRows)
    is('trackedRows', trackedRows)
    is('acceptedRows', stats.trackedRows + stats.rejectedRows)
    is('unsegmentedRows', unsegmented)
    is('queueBytes', 0)
    is('queueMessages', 0)
  }
}
