/** Random frames: logged by us, read by us and by the reference, and held against the reference's own profile of the same rows. */
import { ProfileView } from 'rolling-profiles'
import { allDifferences, readDifferences, sent } from './against.mjs'
import { asMessages, columnsOf, logged, randomRows, withFolder } from './rows.mjs'

const DAY_MS = Date.UTC(2025, 2, 3)
const SIZES = [1, 2, 7, 8, 30, 100, 200, 300, 384, 385, 500, 700]
const COLUMNS = 25

/** Every difference over one frame, as texts; `round` seeds it. */
export function frameDifferences(reference, round) {
  return withFolder(async (folder) => {
    const label = `round ${round}`
    const rows = randomRows(1000 + round, SIZES[round % SIZES.length], COLUMNS)
    const files = await logged(asMessages(rows, round), folder, { timestampMs: DAY_MS + 5_000 })
    if (files.length !== 1) return [`${label}: ${files.length} files`]
    const view = ProfileView.read(files[0])
    const opened = await reference.ask({ do: 'open', path: files[0] })
    const columns = columnsOf(rows)
    const theirs = await reference.profile(sent(columns, 'row'))
    return [
      ...(opened.datasetTimestampMs === DAY_MS ? [] : [`${label}: the reference reads another time`]),
      ...readDifferences(label, view, opened),
      ...allDifferences(label, view, theirs, columns),
    ]
  })
}
