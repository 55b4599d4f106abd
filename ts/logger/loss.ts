/** What a close could not write. */
import type { DataLossError, Loss } from '../errors.js'
import type { NativeLoss } from '../native.js'
import type { FlushResult } from './types.js'

/** How a close ended. */
export interface CloseResult extends FlushResult {
  /** `null`: everything is written. */
  readonly loss: DataLossError | null
}

/** So many datasets are named in a message. */
const MOST_NAMED = 5

export function lossesOf(lost: readonly NativeLoss[]): Loss[] {
  return lost.map(({ datasetId, orgId, profiles, rows }) => ({ datasetId, orgId, profiles, rows }))
}

/** What is lost, in words. */
export function lossSentence(lost: readonly NativeLoss[]): string {
  const named = lost.slice(0, MOST_NAMED).map(describe)
  const others = lost.length - named.length
  if (others > 0) named.push(`and of ${others} more datasets`)
  const unanswered = lost.reduce((sum, { unanswered }) => sum + unanswered, 0)
  const maybe = unanswered > 0 ? ` Of the profiles, ${unanswered} may be written yet: a writer has not answered.` : ''
  return `The logger was closed before everything was written. Lost are ${named.join(', ')}.${maybe}`
}

function describe({ datasetId, orgId, profiles, rows }: NativeLoss): string {
  if (datasetId === null) return `${counted(rows, 'row')} that no thread came to`
  const org = orgId === null ? '' : ` of organisation ${JSON.stringify(orgId)}`
  // Rows that count with profiles of another partition, which are written.
  const what = rows > 0 ? counted(rows, 'row') : counted(profiles, 'profile')
  return `${what} of dataset ${JSON.stringify(datasetId)}${org}`
}

/** A count and what it is of. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
