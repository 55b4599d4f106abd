/** Loggers for tests: a writer in memory, and folders that go away. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ProcessRollingLogger } from '../../dist/index.js'

/** Keeps every profile; `fail` and `gate` let a test decide how a write goes. */
export class MemoryWriter {
  name = 'memory'
  items = []
  attempts = 0
  failures = 0
  gate = null

  async write(item) {
    this.attempts++
    if (this.gate) await this.gate
    if (this.failures > 0) {
      this.failures--
      throw new Error('told to fail')
    }
    this.items.push(item)
  }

  /** Rows of `column` that the profiles of `datasetId` count. */
  count(datasetId, column) {
    return this.items
      .filter((item) => item.datasetId === datasetId)
      .map(
        (item) =>
          item
            .view()
            .toTable()
            .find((row) => row.column === column)?.['counts/n'] ?? 0,
      )
      .reduce((sum, n) => sum + n, 0)
  }
}

/** A started logger that writes into memory when told to; it is closed when the test ends. */
export function memoryLogger(t, { Logger = ProcessRollingLogger, ...options } = {}) {
  const writer = new MemoryWriter()
  const logger = new Logger({
    writeSchedule: null,
    syncEnabled: true,
    writerFactory: { createWriters: () => [writer] },
    workers: 2,
    ...options,
  })
  logger.start()
  t.after(async () => {
    if (logger.isAlive() && !logger.isClosed()) await logger.close({ timeoutMs: 1, onLoss: 'report' })
  })
  return { logger, writer }
}

/** A folder of the test's own. */
export function temporaryFolder(t) {
  const folder = mkdtempSync(join(tmpdir(), 'rolling-profiles-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
