/** `limits.maxMessageBytes`: messages that would take gigabytes, or that never end. */
import { arrow, columns } from '../../../dist/index.js'
import { testCap } from './support/cap.mjs'
import { everyForm, FORMS } from './support/forms.mjs'

const TEXT_BYTES = 1_000_000

/** Far more than may be, of which no page is touched unless it is read. */
const zeroes = () => Buffer.alloc(500_000_000)
const text = (number) => Buffer.alloc(TEXT_BYTES, 97 + (number % 26)).toString('latin1')

/** Every value is within its own cap; together they are over that of the message. */
const longRow = () => [Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`text${at}`, 'x'.repeat(65_000)]))]
/** A column a row: in a table their number squared. */
const distinctKeys = () => Array.from({ length: 10_000 }, (_, at) => ({ [`key${at}`]: 1 }))
/** A million short rows and a long list of columns, made of few objects. */
const grid = () => {
  const names = Array.from({ length: 1000 }, (_, at) => `c${at}`)
  return { columns: names, data: new Array(1_000_000).fill(names.map(() => 1)) }
}

function* endless() {
  for (let number = 0; ; number++) yield { text: text(number) }
}

function* endlessTensors() {
  for (;;) yield { tensor: new Float32Array(TEXT_BYTES / 4).fill(1) }
}

/** By form; rows go to whatever else takes rows. */
const OVER = {
  'a row': longRow,
  'a stream of rows': longRow,
  'an iterable of rows': () => endless(),
  'rows of processBatch': (to) => FORMS['rows of processBatch'].pack(endlessTensors(), to),
  '{ columns, data }': grid,
  'a LogMessage': (to) => {
    const message = FORMS['a LogMessage'].pack([], to)
    message.log.multiple = grid()
    return message
  },
  'columns()': () => {
    const holes = []
    holes.length = 2 ** 32 - 1
    return columns({ holes, others: holes })
  },
  'an Arrow table': (to) =>
    FORMS['an Arrow table'].pack(
      Array.from({ length: 9 }, (_, at) => ({ text: text(at) })),
      to,
    ),
  'Arrow bytes': () => arrow(zeroes()),
  'a request': zeroes,
  'a pushed request': zeroes,
  'lines of JSON': zeroes,
  embeddings: () => ({ tensor: { data: new Float32Array(100_000_000), dims: [100_000_000] } }),
  'a request with embeddings': zeroes,
}

await testCap(import.meta.filename, {
  name: 'maxMessageBytes',
  cases: everyForm((_, name) => ({
    make: OVER[name] ?? distinctKeys,
    code: 'ERR_MESSAGE_TOO_LARGE',
    how: 'refused',
    // What an endless iterable has given is held until it is seen to be one.
    peakMb: ['an iterable of rows', 'rows of processBatch'].includes(name) ? 64 : 24,
  })),
})
