/** What is open, as statuses and as profiles. */
import type { NativeDatasetStatus } from '../native.js'
import { ProfileView } from '../profile-view.js'
import type { LoggerStatus, ProcessLoggerStatus } from './types.js'

/** By dataset id, or `org_dataset`. */
export function statusOf(datasets: readonly NativeDatasetStatus[]): ProcessLoggerStatus {
  const statuses: Record<string, LoggerStatus> = {}
  for (const { datasetId, orgId, timestamps, segmented, writers, pendingWritables, pendingViews, views } of datasets) {
    statuses[orgId === null ? datasetId : `${orgId}_${datasetId}`] = {
      datasetTimestamps: timestamps.length,
      datasetProfiles: timestamps.length - segmented,
      segmentCaches: segmented,
      writers,
      pendingWritables,
      pendingViews,
      views,
    }
  }
  return { statuses }
}

/** The open profiles, decoded. */
export function viewsOf(statuses: readonly LoggerStatus[]): ProfileView[] {
  return statuses.flatMap(({ views }) => views.map((bytes) => ProfileView.deserialize(bytes)))
}
