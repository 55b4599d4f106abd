/** `limits.maxSegments`: rows of many more segments than a bucket may have. */
import assert from 'node:assert/strict'
import { segmentOnColumn } from '../../../dist/index.js'
import { testCap } from './support/cap.mjs'
import { everyForm } from './support/forms.mjs'

/** Two of them are the neighbours'. */
const MOST = 5
const OWN = 3
const ROWS = 3000

const rowsOf = (count) => Array.from({ length: count }, (_, at) => ({ s: `key${at}`, price: at }))
const NO_KEYS = 'embeddings have no column that segments are told apart by'

/** What the overflow counts, and everything else. */
function apart(profiles) {
  const { [Object.keys(profiles).find((name) => name.endsWith(' overflow'))]: overflow, ...others } = profiles
  return { others, price: overflow?.find(({ column }) => column === 'price') }
}

function check({ profiles, expected, stats }) {
  const { others, price } = apart(profiles)
  assert.deepEqual(others, apart(expected).others)
  assert.deepEqual(
    [price['counts/n'], price['distribution/min'], price['distribution/max']],
    [ROWS - OWN, OWN, ROWS - 1],
  )
  assert.equal(stats.overflowedRows, ROWS - OWN)
}

await testCap(import.meta.filename, {
  name: 'maxSegments',
  options: { schema: { segments: segmentOnColumn('s') }, limits: { maxSegments: MOST } },
  cases: everyForm((form) =>
    form.isEmbedding
      ? NO_KEYS
      : {
          make: (to) => form.pack(rowsOf(ROWS), to),
          how: 'counted',
          warning: 'ERR_TOO_MANY_SEGMENTS',
          counts: [rowsOf(OWN)],
          tracked: ROWS - OWN,
          check,
          peakMb: 24,
        },
  ),
})
