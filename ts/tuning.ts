/**
 * Figures that were chosen by measurement (docs/performance.md), in one place so that the benchmark can try others. Nothing else changes them.
 */
export interface Tuning {
  /** Rows of a block. */
  blockRows: number
  /** How long rows wait in an open block for company, ms. */
  lingerMs: number
  /** Rows of a key before it is dealt round the lanes. */
  hotRows: number
  /** Rows of a hot key that stay on one lane. */
  laneRows: number
  /** How often idle datasets are looked for, ms. */
  idleTurnMs: number
  /** A dataset that was not used in so many turns is idle. */
  idleTurns: number
  /** So many datasets are kept for that time. Of more, idle ones are let go after a flush, and each turn. */
  warmDatasets: number
  /** How long the end of a process waits for writers, ms. */
  exitFlushMs: number
}

export const tuning: Tuning = {
  blockRows: 256,
  lingerMs: 5,
  hotRows: 65_536,
  laneRows: 1024,
  idleTurnMs: 60_000,
  idleTurns: 10,
  warmDatasets: 4096,
  exitFlushMs: 10_000,
}
