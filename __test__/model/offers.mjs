/**
 * The messages that a program offers one logger.
 *
 * Every call that offers a message is held against the counters right away: it is accepted, refused or
 * dropped, exactly one of them, and refused when and only when it throws, or tells of it by an event.
 */
import { badOf } from './bad.mjs'
import { ColumnLimit } from './column-limit.mjs'
import { canWait, hand, isOfLines, placeOf, rowsOf, timeOf, waited } from './messages.mjs'
import { badLinesOf } from './ndjson.mjs'
import { rejectsWith, resolvesOr } from './promises.mjs'
import { partly } from './told.mjs'

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
  /** `null`: no profile comes near it. */
  #limit
  #clock
  #model
  #life
  #logger
  #promises
  #told
  #faults
  /** Whether what is refused is told, and not thrown. */
  #tells

  constructor({ lib, settings, clock, model, life, logger, promises, told, faults }) {
    this.#lib = lib
    this.#limit = settings.maxColumns ? new ColumnLimit(settings) : null
    this.#clock = clock
    this.#model = model
    this.#life = life
    this.#logger = logger
    this.#promises = promises
    this.#told = told
    this.#faults = faults
    this.#tells = settings.tells === true
  }

  /** Offers a message by `call`; what became of it, and by which code it was refused. */
  #offer(what, call, offers = 1) {
    const before = this.#logger.stats()
    const toldBefore = this.#told.refused.length
    let answer
    let code = null
    try {
      answer = call()
    } catch (error) {
      code = error?.code ?? `no code: ${error}`
      // A full queue throws in any case.
      if (this.#tells && code !== 'ERR_QUEUE_FULL') this.#faults.push(`${what} throws ${code}`)
    }
    const told = this.#told.refused.slice(toldBefore)
    if (told.length > 0 && !this.#tells) this.#faults.push(`${what} is told as refused`)
    if (told.length > 0 && !(answer instanceof Promise)) {
      code = told.at(-1)
      if (answer !== false) this.#faults.push(`${what} is refused, and answers ${answer}`)
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
    if (this.#limit !== null) return this.#logInTurn(given)
    for (const rows of rowsOf(given, this.#model.ways)) this.#logRows(given, rows, refusals)
  }

  /** Which messages there is room for depends on which came before: each waits for the one before. */
  async #logInTurn(given) {
    const command = { ...given, form: waited(given.form), sync: 'tracked', aborts: false }
    for (const rows of rowsOf(command, this.#model.ways)) await this.#logRows(command, rows, this.#life.refusals)
  }

  #logRows(command, rows, refusals) {
    const sync = canWait(command.form) ? (command.sync ?? undefined) : undefined
    const { now } = this.#clock
    const abort = sync && command.aborts ? new AbortController() : null
    const options = { ...placeOf(rows[0].dataset), timestampMs: timeOf(command.bucket), sync, signal: abort?.signal }
    const what = `${command.form}${sync ? ` until ${sync}` : ''}`
    const verdict = this.#judge(command, rows, now)
    const { fate, code, answer } = this.#offer(what, () => hand(this.#lib, this.#logger, command, rows, options, now))
    if (fate === 'accepted') {
      this.#model.accepted++
      this.rows += rows.length
      verdict.take()
      this.#book(verdict, options, now, verdict.codes.length > 0)
    } else if (code !== null && !refusals.includes(code)) {
      this.#faults.push(`${what} of a good message throws ${code}`)
    }
    if (!sync) return
    abort?.abort(GIVEN_UP)
    if (sync === 'written') this.#life.writing++
    const codes = abort ? [GIVEN_UP.code] : []
    const judge = (outcome) => this.#judgeLog({ fate, sync, refusals, codes, options, verdict }, outcome)
    return this.#promises.watch(what, answer, judge, () => {
      // What is given up, or rejected in part, is written all the same, and nobody hears when.
      if (sync === 'written' && !abort && verdict.bad.length === 0) this.#life.writing--
    })
  }

  /** What becomes of a message, as `ColumnLimit` has it. */
  #judge(command, rows, now) {
    if (this.#limit !== null) return this.#limit.judge(command, rows, now)
    const bad = isOfLines(command.form) ? badLinesOf(command, rows.length) : []
    return { rows, bad, codes: [], take: () => {} }
  }

  /** Counts a message that was accepted. */
  #book({ rows, bad, rejectedRows }, place, now, isRejected) {
    if (isRejected) return this.#model.reject(rejectedRows)
    this.#model.track(rows, now)
    this.#model.rejectedRows += bad.length
    if (bad.length > 0) this.#told.expectPartly(place, rows.length, bad)
  }

  #judgeLog({ fate, sync, refusals, codes, options, verdict }, outcome) {
    if (fate === 'refused') return rejectsWith([...refusals, ...verdict.codes, ...codes], outcome)
    if (fate === 'dropped') return rejectsWith(['ERR_QUEUE_FULL', ...codes], outcome)
    if (sync === 'accepted') return resolvesOr(codes, outcome)
    const cuts = [...codes, ...this.#life.cuts(sync === 'written')]
    if (verdict.codes.length > 0) return rejectsWith([...verdict.codes, ...cuts], outcome)
    const { rows, bad } = verdict
    if (bad.length === 0) return resolvesOr(cuts, outcome)
    if (outcome.code !== 'ERR_PARTLY_REJECTED') return rejectsWith(['ERR_PARTLY_REJECTED', ...cuts], outcome)
    const wanted = JSON.stringify(partly(options, { tracked: rows.length, rejected: bad.length, first: bad }))
    const told = JSON.stringify(partly(options, outcome.error))
    return told === wanted ? null : `tells of ${told}, not ${wanted}`
  }

  /** All that was accepted is about to be written. */
  flush() {
    this.#limit?.flush()
  }

  /** Offers a message that is not good. */
  bad({ kind, dataset, sync }) {
    const { refused = false, code: expected, hand, offers, rows: rejectedRows = 0, mustThrow } = badOf(kind)
    if (mustThrow && this.#tells) return
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
      this.#model.reject(rejectedRows)
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
    // A close that gives up does not wait for those that had no turn.
    if (!note.hadTurn && !this.#life.isSure) return rejectsWith(['ERR_CLOSED', ...this.#life.cuts()], outcome)
    if (note.isRefused) return rejectsWith(['ERR_PROCESS_BATCH', ...this.#life.cuts()], outcome)
    return resolvesOr(this.#life.cuts(), outcome)
  }

  /** Does what messages of the program's own class say. */
  async processBatch(batch) {
    this.#life.ownWaiting -= batch.length
    for (const note of batch) note.hadTurn = true
    if (batch.some(({ fails }) => fails)) {
      for (const note of batch) note.isRefused = true
      this.#model.rejected += batch.length
      throw new Error('told to fail')
    }
    for (const { command } of batch) {
      await this.log({ ...command, sync: null }, this.#life.refusalsInBatch)
    }
  }
}
