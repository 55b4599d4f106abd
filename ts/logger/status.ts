/** What is open, as statuses and as profiles. */
import type { NativeDatasetStatus } from '../native.js'
import { ProfileView } from '../profile-view.js'
import type { LoggerStatus, ProcessLoggerStatus } from './types.js'

/** By dataset id, or `org_dataset`; where two would have the same key, it says which of them it is. */
export function statusOf(datasets: readonly NativeDatasetStatus[]): ProcessLoggerStatus {
  const keys = keysOf(datasets)
  return { statuses: Object.fromEntries(datasets.map((dataset, index) => [keys[index], oneOf(dataset)])) }
}

function oneOf(dataset: NativeDatasetStatus): LoggerStatus {
  const { datasetId, orgId, timestamps, segmented, writers, pendingWritables, pendingViews, views } = dataset
  return {
    datasetId,
    orgId,
    datasetTimestamps: timestamps.length,
    datasetProfiles: timestamps.length - segmented,
    segmentCaches: segmented,
    writers,
    pendingWritables,
    pendingViews,
    views,
  }
}

/** A key each. Datasets without an organisation keep their id; others whose joined text is taken have their parts escaped. */
function keysOf(datasets: readonly NativeDatasetStatus[]): string[] {
  const uses = new Map<string, number>()
  const plain = datasets.map(({ datasetId, orgId }) => (orgId === null ? datasetId : `${orgId}_${datasetId}`))
  for (const key of plain) uses.set(key, (uses.get(key) ?? 0) + 1)
  return datasets.map(({ datasetId, orgId }, index) => {
    const key = plain[index] ?? ''
    if (orgId === null || uses.get(key) === 1) return key
    let escaped = `${escapePart(orgId)}_${escapePart(datasetId)}`
    while (uses.has(escaped)) escaped = `~${escaped}`
    return escaped
  })
}

function escapePart(part: string): string {
  return part.replace(/[~_]/g, (sign) => (sign === '~' ? '~7e' : '~5f'))
}

/** The status of a dataset that has nothing open. */
export function emptyStatus(datasetId: string, orgId: string | null): LoggerStatus {
  return {
    datasetId,
    orgId,
    datasetTimestamps: 0,
    datasetProfiles: 0,
    segmentCaches: 0,
    writers: 0,
    pendingWritables: 0,
    pendingViews: [],
    views: [],
  }
}

/** The open profiles, decoded. */
export function viewsOf(statuses: readonly LoggerStatus[]): ProfileView[] {
  return statuses.flatMap(({ views }) => views.map((bytes) => ProfileView.deserialize(bytes)))
}
