/** `limits.maxNameBytes`: names of many megabytes. */
import { testCap } from './support/cap.mjs'
import { unfit } from './support/forms.mjs'

const NAME_BYTES = 6_000_000

const name = () => Buffer.alloc(NAME_BYTES, 'n').toString('latin1')
const rows = ({ isEmbedding }) => [{ [name()]: isEmbedding ? [1, 2] : 1 }]

await testCap(import.meta.filename, {
  name: 'maxNameBytes',
  cases: unfit(rows, 'ERR_INVALID_DATA', { hereMb: 4, thereMb: 24 }),
})
