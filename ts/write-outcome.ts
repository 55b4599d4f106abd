/** How a write by a user's own writer ended. */
import { textOf } from './thrown.js'
import type { WriteResult, Writer } from './writers.js'

export interface WriteOutcome {
  readonly ok: boolean
  /** Why it is not `ok`; empty where it is. */
  readonly reason: string
  readonly isBareFalse: boolean
}

/** Runs a write to its end. Never rejects, whatever the writer throws or answers. */
export async function outcomeOf(write: () => Promise<WriteResult> | WriteResult): Promise<WriteOutcome> {
  try {
    const result: unknown = await write()
    const reason = refusalOf(result)
    return { ok: reason === null, reason: reason ?? '', isBareFalse: result === false }
  } catch (error) {
    return { ok: false, reason: textOf(error), isBareFalse: false }
  }
}

/** Why an answer says that the write failed; `null` where it does not. */
function refusalOf(result: unknown): string | null {
  if (typeof result !== 'object' || result === null) return null
  if (Array.isArray(result)) return result[0] === false ? said(result[1], '[false]') : null
  const { ok, reason } = result as { ok?: unknown; reason?: unknown }
  return ok === false ? said(reason, '{ ok: false }') : null
}

function said(reason: unknown, answer: string): string {
  return reason === undefined || reason === null ? `The writer answered ${answer}.` : textOf(reason)
}

/** What a writer is called in messages. */
export function nameOf(writer: Writer): string {
  const names: unknown[] = [writer.name, writer.constructor?.name]
  return names.find((name): name is string => typeof name === 'string' && name !== '') ?? 'writer'
}
