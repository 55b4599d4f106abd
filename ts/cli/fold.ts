import type { View } from './profiler.js'

/** The earliest and latest bucket, and all parts folded into one view; `null` without any part. */
export interface Folded {
  view: View
  buckets: number
  firstMs: number
  lastMs: number
  parts: number
}

/** Adds one view to another. */
export type Combine = (left: View, right: View) => View

/** Folds views one by one, so that no more than two are held at a time. */
export async function fold(
  views: AsyncIterable<View>,
  combine: Combine = (left, right) => left.merge(right),
): Promise<Folded | null> {
  let merged: View | null = null
  let parts = 0
  const starts = new Set<number>()
  for await (const view of views) {
    merged = merged === null ? view : combine(merged, view)
    starts.add(view.datasetTimestamp.getTime())
    parts++
  }
  if (merged === null) return null
  let firstMs = Number.POSITIVE_INFINITY
  let lastMs = Number.NEGATIVE_INFINITY
  for (const start of starts) {
    firstMs = Math.min(firstMs, start)
    lastMs = Math.max(lastMs, start)
  }
  return { view: merged, buckets: starts.size, firstMs, lastMs, parts }
}
