/**
 * The intake of payloads: admits messages that are read on the engine's threads, and opens the datasets that are found in them.
 *
 * A payload is charged its bytes until it is tracked or rejected. One call is one message, accepted, tracked or rejected whole.
 */
import { MessageTooLargeError, MissingDatasetIdError } from '../errors.js'
import type { NativeRawMessage } from '../native.js'
import { text } from '../option-checks.js'
import type { ResolvedLimits, ResolvedOptions } from '../options.js'
import { dataRefusalOf } from '../refusal.js'
import type { RowFunctions } from '../schema/row-functions.js'
import { askClock, toTimestampMs } from '../time.js'
import { usualTimes } from './bucket-window.js'
import type { EngineClient } from './engine-client.js'
import type { Dataset } from './open-datasets.js'
import type { Crossing, Payload } from './payload.js'
import type { LogOptions } from './types.js'

/** What payloads need of the intake of rows. */
export interface PayloadPort {
  /** Whether a message of `cost` bytes is taken, by what `onFull` says. @throws QueueFullError */
  admit(cost: number, rows: number): boolean
  /** A dataset, opened if it is not. @throws WriterFactoryError */
  openDataset(datasetId: string, orgId: string | undefined): Dataset
}

export class RawIntake {
  /** Texts cut to `limits.maxValueBytes` on this side. */
  cutTexts = 0
  readonly #options: ResolvedOptions
  readonly #engine: EngineClient
  readonly #port: PayloadPort

  constructor(options: ResolvedOptions, engine: EngineClient, port: PayloadPort) {
    this.#options = options
    this.#engine = engine
    this.#port = port
    engine.openWanted = (datasetId, orgId) => port.openDataset(datasetId, orgId ?? undefined).number
  }

  /**
   * Hands a payload on; `waiter` 0: nobody waits. `false`: it was dropped, and counted.
   *
   * @throws what `log` says; nothing of it is kept then.
   */
  accept(given: Payload, options: LogOptions, waiter: number): boolean {
    const { limits, defaultDatasetId, currentTimeFn } = this.#options
    let payload = prepared(given, limits)
    if (payload.cost > limits.maxMessageBytes) throw new MessageTooLargeError(payload.cost, limits.maxMessageBytes)
    const datasetId = text('datasetId', options.datasetId ?? undefined) || defaultDatasetId
    const orgId = text('orgId', options.orgId ?? undefined) || null
    const moment = options.timestampMs ?? null
    const timestampMs = moment === null ? askClock(currentTimeFn) : toTimestampMs(moment)
    if (!given.namesDataset) {
      if (datasetId === null) throw new MissingDatasetIdError()
      const { functions } = this.#port.openDataset(datasetId, orgId ?? undefined)
      if (functions !== null) payload = prepared(given, limits, functions)
    }
    const { cost } = payload
    if (!this.#port.admit(cost, payload.rows)) return false
    const { kind, timestampColumn } = payload
    this.cutTexts += payload.cutTexts
    const message = { kind, datasetId, orgId, timestampMs, timestampColumn, ...usualTimes(this.#options), waiter }
    this.#submit(payload, message, cost)
    return true
  }

  #submit(payload: Crossing, message: NativeRawMessage, cost: number): void {
    const engine = this.#engine
    if (!engine.order.busy) engine.submitNow(() => payload.submit(engine.handle, message))
    else {
      // Its bytes are the caller's again at return.
      const held = payload.copy()
      engine.order.run(() => engine.submitNow(() => held.submit(engine.handle, message)), cost)
    }
  }
}

/** A payload as it crosses, with what functions over rows found out. @throws what `prepare` says */
function prepared(payload: Payload, limits: ResolvedLimits, functions: RowFunctions | null = null): Crossing {
  try {
    return (functions === null ? payload : payload.through(functions)).prepare(limits)
  } catch (error) {
    throw dataRefusalOf(error)
  }
}
