/** How a write by a user's own writer ended. */
import { isA } from './refusal.js'
import { textOf } from './thrown.js'
import type { WriteResult, Writer } from './writers.js'

export interface WriteOutcome {
  readonly ok: boolean
  /** Why it is not `ok`; empty where it is. */
  readonly reason: string
  readonly isBareFalse: boolean
  /** What the writer threw, or the error that it gave as its reason; `null`: nothing. */
  readonly thrown: { readonly cause: unknown } | null
}

/** Runs a write to its end. Never rejects, whatever the writer throws or answers. */
export async function outcomeOf(write: () => Promise<WriteResult> | WriteResult): Promise<WriteOutcome> {
  try {
    const result: unknown = await write()
    const refusal = refusalOf(result)
    if (refusal === null) return { ok: true, reason: '', isBareFalse: result === false, thrown: null }
    const { given, answer } = refusal
    return {
      ok: false,
      reason: given === undefined || given === null ? `The writer answered ${answer}.` : textOf(given),
      isBareFalse: false,
      thrown: isA(given, Error) ? { cause: given } : null,
    }
  } catch (cause) {
    return { ok: false, reason: textOf(cause), isBareFalse: false, thrown: { cause } }
  }
}

/** Why an answer says that the write failed; `null` where it does not. */
function refusalOf(result: unknown): { readonly given: unknown; readonly answer: string } | null {
  if (typeof result !== 'object' || result === null) return null
  if (Array.isArray(result)) return result[0] === false ? { given: result[1], answer: '[false]' } : null
  const { ok, reason } = result as { ok?: unknown; reason?: unknown }
  return ok === false ? { given: reason, answer: '{ ok: false }' } : null
}

/** What a writer is called in messages. */
export function nameOf(writer: Writer): string {
  const names: unknown[] = [writer.name, writer.constructor?.name]
  return names.find((name): name is string => typeof name === 'string' && name !== '') ?? 'writer'
}
