/** How far a logger's life is, what it refuses because of that, and what is under way in it. */
export class Life {
  /** 'running', 'closing' or 'dead'. */
  state = 'running'
  /** It was killed or terminated before a close had ended. */
  isCut = false
  /** It was killed while it closed: which came first, it says itself. */
  #isEither = false
  /** Messages of the program's own class that were not processed yet. */
  ownWaiting = 0
  /** Flushes, and rows waited for until they are written, that have not ended. */
  writing = 0
  #settings
  #writers

  constructor(settings, writers) {
    this.#settings = settings
    this.#writers = writers
  }

  /** It is killed or terminated. */
  cut() {
    this.#isEither ||= this.state === 'closing'
    this.state = 'dead'
    this.isCut = true
  }

  get #deadCodes() {
    return this.#isEither ? ['ERR_NOT_ALIVE', 'ERR_CLOSED'] : ['ERR_NOT_ALIVE']
  }

  /** What `log` may be refused with now, besides what is wrong with the message. */
  get refusals() {
    return this.state === 'closing' ? ['ERR_CLOSED'] : this.refusalsInBatch
  }

  /** The same of what `processBatch` logs: a close waits for it. */
  get refusalsInBatch() {
    if (this.state === 'dead') return this.#deadCodes
    const { buffer, queueMessages } = this.#settings
    return [...(buffer || queueMessages ? ['ERR_QUEUE_FULL'] : []), ...(buffer ? ['ERR_MESSAGE_TOO_LARGE'] : [])]
  }

  /** What calls without a message are refused with. */
  get refusalsOfCalls() {
    return { running: [], closing: ['ERR_CLOSED'], dead: this.#deadCodes }[this.state]
  }

  /** What a promise may be rejected with that would have resolved if nobody had cut it short. */
  cuts(isWritten = false) {
    const isLost = isWritten && !this.isSure
    return this.isCut || isLost ? ['ERR_NOT_ALIVE', 'ERR_CLOSED', 'ERR_DATA_LOST'] : []
  }

  /** Whether every writer keeps everything in the end. */
  get isSure() {
    return this.#writers.every(({ isSure }) => isSure)
  }

  get isPrompt() {
    return this.#writers.every(({ isPrompt }) => isPrompt)
  }

  /** Whether profiles are written without being asked for. */
  get writesByItself() {
    return Boolean(this.#settings.schedule || this.#settings.profileBytes)
  }

  /** Whether nothing is on its way that the model has and profiles may not have, once a flush or barrier has ended. */
  get isQuiet() {
    return this.state === 'running' && this.ownWaiting === 0 && this.writing === 0
  }
}
