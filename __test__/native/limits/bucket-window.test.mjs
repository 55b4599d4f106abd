/** `limits.bucketWindow`: rows of a time that lies far from now. */
import { testCap } from './support/cap.mjs'
import { FORMS, unfit } from './support/forms.mjs'

const HOUR_MS = 3_600_000
const to = { timestampMs: Date.now() + 48 * HOUR_MS }
const rows = ({ isEmbedding }) => [isEmbedding ? { tensor: [1, 2] } : { s: 'DE', price: 9, at: to.timestampMs }]

const cases = Object.entries(unfit(rows, 'ERR_BUCKET_WINDOW', { hereMb: 4, thereMb: 4 })).map(([name, given]) => {
  // A line has its time in a column.
  if (FORMS[name].kind === 'line') return [name, { ...given, to: { timestampColumn: 'at' } }]
  return [name, { ...given, to, how: FORMS[name].isUnread ? 'rejected' : given.how }]
})

await testCap(import.meta.filename, {
  name: 'bucketWindow',
  options: { limits: { bucketWindow: { pastMs: 24 * HOUR_MS, futureMs: HOUR_MS } } },
  cases: Object.fromEntries(cases),
})
