/** Writers that answer at once, late, badly or never, and keep what they acknowledged. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { placeKey } from './model.mjs'
import { keyOfSegment } from './values.mjs'

/** How a writer may fail: as `write` ends then. */
const FAILURES = {
  rejects: async () => {
    throw new Error('told to fail')
  },
  throws: () => {
    throw new Error('told to fail')
  },
  text: () => {
    throw 'told to fail'
  },
  noMessage: async () => {
    throw Object.assign(new Error(), { message: undefined })
  },
  nullMessage: async () => {
    throw Object.assign(new Error(), { message: null })
  },
  bare: async () => {
    throw Object.create(null)
  },
  getter: async () => {
    throw Object.defineProperty(new Error(), 'message', {
      get() {
        throw new Error('no message either')
      },
    })
  },
  tuple: async () => [false, 'told to fail'],
  notOk: async () => ({ ok: false }),
}
export const FAILURE_KINDS = Object.keys(FAILURES)

/** What each kind of writer does with an item that it does not refuse; resolves when it is kept. */
const ANSWERS = {
  ok: () => {},
  slow: () => sleep(2),
  never: () => new Promise(() => {}),
  late: (writer) => writer.released,
}

export class ModelWriter {
  name
  attempts = 0
  /** What it acknowledged, by idempotency key: a profile that comes twice is kept once. */
  items = new Map()
  /** What it was shown, by idempotency key. */
  seen = new Map()
  #plan
  #failures
  #release
  released = new Promise((resolve) => {
    this.#release = resolve
  })

  /** `plan`: `answer`, how many it takes at once before that, how often it fails first, and how. */
  constructor(plan, name) {
    this.#plan = plan
    this.#failures = plan.failures ?? 0
    this.name = name
  }

  /** Whether everything is kept in the end. */
  get isSure() {
    return this.#plan.answer !== 'never' && this.#plan.answer !== 'late'
  }

  /** Whether everything is kept at the first attempt. */
  get isPrompt() {
    return this.isSure && this.#plan.failures === undefined
  }

  /** Lets a late one answer. */
  release() {
    this.#release()
  }

  /** The writer of a dataset. */
  writerFor() {
    return this
  }

  /** What it keeps, with each profile's place. */
  profiles() {
    return [...this.items.values()].map((item) => {
      const segment = keyOfSegment(item.segment)
      return { place: placeKey(item.orgId, item.datasetId, item.datasetTimestampMs, segment), view: item.view() }
    })
  }

  /** Nothing of it is left behind. */
  remove() {}

  write(item) {
    this.attempts++
    this.seen.set(item.idempotencyKey, item)
    if (this.#failures > 0) {
      this.#failures--
      return FAILURES[this.#plan.failure ?? 'rejects']()
    }
    const answer = ANSWERS[this.items.size < (this.#plan.first ?? 0) ? 'ok' : this.#plan.answer](this)
    if (answer === undefined) this.items.set(item.idempotencyKey, item)
    return answer?.then(() => {
      this.items.set(item.idempotencyKey, item)
    })
  }
}

/** Local writers of the library, with a folder a dataset. */
export class ModelFolders {
  name
  attempts = 0
  isSure = true
  isPrompt = true
  #lib
  #root = mkdtempSync(join(tmpdir(), 'rolling-profiles-model-'))
  #folders = new Map()

  constructor(lib, name) {
    this.#lib = lib
    this.name = name
  }

  writerFor(datasetId, orgId = null) {
    const folder = join(this.#root, String(this.#folders.size))
    this.#folders.set(folder, { datasetId, orgId })
    return new this.#lib.LocalWriter(folder)
  }

  profiles() {
    return [...this.#folders].flatMap(([folder, { datasetId, orgId }]) =>
      filesIn(folder).map((file) => {
        const view = this.#lib.ProfileView.read(join(folder, file))
        const segment = keyOfSegment(view.segment)
        return { place: placeKey(orgId, datasetId, view.datasetTimestamp.getTime(), segment), view }
      }),
    )
  }

  release() {}

  remove() {
    rmSync(this.#root, { recursive: true, force: true })
  }
}

/** The profiles in a folder, which is there once something is written. */
function filesIn(folder) {
  try {
    return readdirSync(folder)
      .filter((file) => file.endsWith('.bin'))
      .sort()
  } catch (error) {
    if (error.code === 'ENOENT') return []
    throw error
  }
}
