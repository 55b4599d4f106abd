/**
 * `limits.maxMessageBytes` where segments multiply a message: each segment of it has all of its columns, so that a few kilobytes of rows could
 * make millions of columns.
 */
import { segmentOnColumn } from '../../../dist/index.js'
import { testCap } from './support/cap.mjs'
import { everyForm, FORMS } from './support/forms.mjs'

const SEGMENTS = 5000
const COLUMNS = 2000

const wide = Object.fromEntries(Array.from({ length: COLUMNS }, (_, at) => [`c${at}`, 1]))
const rows = () => [{ s: 'wide', ...wide }, ...Array.from({ length: SEGMENTS }, (_, at) => ({ s: `key${at}` }))]

/** A column of keys, and others in which all is null: these take no memory in Arrow. */
function sparseColumns() {
  const { makeData, Null, Vector, vectorFromArray, Utf8 } = FORMS['an Arrow table'].library()
  const nulls = new Vector([makeData({ type: new Null(), length: SEGMENTS })])
  const keys = vectorFromArray(
    Array.from({ length: SEGMENTS }, (_, at) => `key${at}`),
    new Utf8(),
  )
  return { s: keys, ...Object.fromEntries(Object.keys(wide).map((name) => [name, nulls])) }
}

const ALONE = 'a row that comes alone brings its own columns to its segment, and no others'
const SPELT_OUT = 'every null is in the message itself, which max-message-bytes.test.mjs looks at'
const NONE = {
  'a row': ALONE,
  'a stream of rows': ALONE,
  '{ columns, data }': SPELT_OUT,
  'a LogMessage': SPELT_OUT,
  'columns()': SPELT_OUT,
  'a request': SPELT_OUT,
  'a pushed request': SPELT_OUT,
  embeddings: 'embeddings have no column that segments are told apart by',
  'a request with embeddings': 'embeddings have no column that segments are told apart by',
}
const ARROW = new Set(['an Arrow table', 'Arrow bytes'])

await testCap(import.meta.filename, {
  name: 'maxMessageBytes of segments',
  options: { schema: { segments: segmentOnColumn('s') } },
  cases: everyForm(
    (form, name) =>
      NONE[name] ?? {
        make: (to) => (ARROW.has(name) ? form.of(sparseColumns()) : form.pack(rows(), to)),
        code: 'ERR_MESSAGE_TOO_LARGE',
        how: form.kind === 'here' && !form.isUnread ? 'refused' : 'rejected',
        peakMb: 24,
      },
  ),
})
