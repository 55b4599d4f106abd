/**
 * The messages that a program offers one logger.
 *
 * Every call that offers a message is held against the counters right away: it is accepted, refused or
 * dropped, exactly one of them, and refused when and only when it throws.
 */
import { badOf } from './bad.mjs'
import { canWait, hand, placeOf, rowsOf, timeOf, waited } from './messages.mjs'
import { rejectsWith, resolvesOr } from './promises.mjs'

const FATES = { acceptedMessages: 'accepted', refusedMessages: 'refused', droppedMessages: 'dropped' }
/** Why a promise is waited for no longer. */
const GIVEN_UP = Object.assign(new Error('given up'), { code: 'GIVEN_UP' })

/** A message of a class of the program's own: it logs `command` when it is processed. */
class Note {
  constructor(command, fails) {
    this.command = command
    this.fails = fails
  }
}

export class Offers {
  /** So many rows were accepted. */
  rows = 0
  #lib
  #settings
  #clock
  #model
  #life
  #logger
  #promises
  #faults

  constructor({ lib, settings, clock, model, life, logger, promises, faults }) {
    this.#lib = lib
    this.#settings = settings
    this.#clock = clock
    this.#model = model
    this.#life = life
    this.#logger = logger
    this.#promises = promises
    this.#faults = faults
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
      this.#faults.push(
        `${what}: offered ${after.offeredMessages - before.offeredMessages}, ${fates.join(', ') || 'no fate'}`,
      )
    }
    const fate = FATES[fates[0]] ?? 'refused'
    this.#model.offered += offers
    if (fate === 'refused') this.#model.refused += offers
    if (fate === 'dropped') this.#model.dropped++
    if (!(answer instanceof Promise) && (fate === 'refused') !== (code !== null)) {
      this.#faults.push(`${what} is ${fate}, and ${code === null ? 'does not throw' : `throws ${code}`}`)
    }
    return { fate, code, answer }
  }

  /** Logs what a command says. */
  log(given, refusals = this.#life.refusals) {
    const { maxColumns } = this.#settings
    // Which of them go over the limit is known by their promises alone.
    const command = maxColumns ? { ...given, form: waited(given.form), sync: 'tracked', aborts: false } : given
    for (const rows of rowsOf(command, this.#model.ways)) this.#logRows(command, rows, refusals)
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
      this.#faults.push(`${what} of a good message throws ${code}`)
    }
    if (!sync) return
    abort?.abort(GIVEN_UP)
    if (sync === 'written') this.#life.writing++
    const codes = abort ? [GIVEN_UP.code] : []
    const judge = (outcome) => this.#judgeLog({ fate, sync, refusals, width, codes }, outcome)
    this.#promises.watch(what, answer, judge, ({ code }) => {
      // What is given up is written all the same, and nobody hears when.
      if (sync === 'written' && !abort) this.#life.writing--
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
    return resolvesOr(
      [...codes, ...tooWide, ...(sync === 'accepted' ? [] : this.#life.cuts(sync === 'written'))],
      outcome,
    )
  }

  /** Offers a message that is not good. */
  bad({ kind, dataset, sync }) {
    const { refused = false, code: expected, hand, offers } = badOf(kind)
    const refusals = refused && this.#life.state === 'running' ? [expected] : this.#life.refusals
    const place = { ...placeOf(dataset), timestampMs: 0, sync: sync && !refused ? true : undefined }
    const { fate, code, answer } = this.#offer(
      kind,
      () => hand(this.#logger, place, this.#lib),
      this.#life.state === 'running' ? offers : 1,
    )
    if (code !== null && !refusals.includes(code)) this.#faults.push(`bad ${kind} throws ${code}`)
    if (fate === 'accepted') {
      this.#model.accepted++
      this.#model.rejected++
      if (refused) this.#faults.push(`bad ${kind} is accepted`)
    }
    if (answer instanceof Promise) {
      this.#promises.watch(`bad ${kind}`, answer, (outcome) =>
        rejectsWith(fate === 'accepted' ? [expected, ...this.#life.cuts()] : [...refusals, 'ERR_QUEUE_FULL'], outcome),
      )
    }
  }

  /** Sends messages of the program's own class. */
  own({ command, count, fails, sync }) {
    for (let i = 0; i < count; i++) {
      const note = new Note({ ...command, from: command.from + i * command.rows }, fails)
      const refusals = this.#life.refusals
      const { fate, code, answer } = this.#offer('own message', () => this.#logger.send(note, { sync }))
      if (code !== null && !refusals.includes(code)) this.#faults.push(`own message throws ${code}`)
      if (fate === 'accepted') {
        this.#model.accepted++
        this.#life.ownWaiting++
      }
      if (answer instanceof Promise) {
        this.#promises.watch('own message', answer, (outcome) => this.#judgeOwn(note, fate, refusals, outcome))
      }
    }
  }

  #judgeOwn(note, fate, refusals, outcome) {
    if (fate === 'refused') return rejectsWith(refusals, outcome)
    if (fate === 'dropped') return rejectsWith(['ERR_QUEUE_FULL'], outcome)
    if (note.isRefused) return rejectsWith(['ERR_PROCESS_BATCH', ...this.#life.cuts()], outcome)
    return resolvesOr(this.#life.cuts(), outcome)
  }

  /** Does what messages of the program's own class say. */
  async processBatch(batch) {
    this.#life.ownWaiting -= batch.length
    if (batch.some(({ fails }) => fails)) {
      for (const note of batch) note.isRefused = true
      this.#model.rejected += batch.length
      throw new Error('told to fail')
    }
    for (const { command } of batch) {
      this.log({ ...command, sync: null }, this.#life.refusalsInBatch)
      await null
    }
  }
}
