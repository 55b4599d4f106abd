/**
 * `limits.maxMessageBytes` where rows take next to nothing of a message: in Arrow a bool is a bit, and a column of nulls is its length alone. Of a
 * dataset with segments each row has to be known.
 */
import { segmentOnColumn } from '../../../dist/index.js'
import { testCap } from './support/cap.mjs'
import { everyForm, FORMS } from './support/forms.mjs'

const NULLS = 4_000_000_000
const BOOLS = 60_000_000

/** The vector of one Arrow array. */
function columnOf(describe) {
  const library = FORMS['an Arrow table'].library()
  return { s: new library.Vector([library.makeData(describe(library))]) }
}
const nulls = () => columnOf(({ Null }) => ({ type: new Null(), length: NULLS }))
const bools = () => columnOf(({ Bool }) => ({ type: new Bool(), length: BOOLS, data: new Uint8Array(BOOLS / 8) }))

const rejected = (columns, peakMb) => ({
  make: columns,
  code: 'ERR_INVALID_DATA',
  how: 'rejected',
  peakMb,
})

await testCap(import.meta.filename, {
  name: 'maxMessageBytes of rows',
  options: { schema: { segments: segmentOnColumn('s') } },
  cases: {
    ...everyForm(() => 'each row takes bytes of the message'),
    'an Arrow table': rejected(() => FORMS['an Arrow table'].of(nulls()), 4),
    'Arrow bytes': rejected(() => FORMS['Arrow bytes'].of(bools()), 16),
  },
})
