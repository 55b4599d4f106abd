/** `limits.maxColumns`: rows and tables of many times as many columns as a profile may have. */
import { testCap } from './support/cap.mjs'
import { FORMS, unfit } from './support/forms.mjs'

const MOST = 10_000
/** Of JSON, as many as a message holds. Arrow's own writer takes a time that grows with their square. */
const COLUMNS = { here: 15 * MOST, there: 30 * MOST, line: 30 * MOST }
const ARROW_BYTES_COLUMNS = 1.2 * MOST

const nameOf = (column) => `c${column}`
function wide({ kind, isEmbedding }, columns = COLUMNS[kind]) {
  const value = isEmbedding ? [1] : 1
  return [Object.fromEntries(Array.from({ length: columns }, (_, column) => [nameOf(column), value]))]
}

/** What a table of `apache-arrow` is known by, with columns that are all empty. */
function emptyTable(columns) {
  const fields = Array.from({ length: columns }, (_, column) => ({ name: nameOf(column) }))
  const child = { type: { typeId: 1 }, length: 0, offset: 0, children: [] }
  const data = { length: 0, children: fields.map(() => child) }
  return Object.assign(new (class Table {})(), { schema: { fields }, numRows: 0, batches: [{ data }] })
}

const cases = unfit(wide, 'ERR_TOO_MANY_COLUMNS', { hereMb: 16, thereMb: 24 })

await testCap(import.meta.filename, {
  name: 'maxColumns',
  cases: {
    ...cases,
    'an Arrow table': { ...cases['an Arrow table'], make: () => emptyTable(COLUMNS.here) },
    'Arrow bytes': {
      ...cases['Arrow bytes'],
      make: (to) => FORMS['Arrow bytes'].pack(wide({}, ARROW_BYTES_COLUMNS), to),
    },
  },
})
