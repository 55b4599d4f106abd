/** `limits.maxValueBytes`: a text of many megabytes, which is cut at a character's border. */
import assert from 'node:assert/strict'
import { testCap } from './support/cap.mjs'
import { everyForm } from './support/forms.mjs'

const MOST = 64 * 1024
const CHARACTER = '€'
const CHARACTER_BYTES = 3
/** In JSON, in base64, all of it is within what a message may take. */
const CHARACTERS = 2_000_000

const rows = (characters) => [{ s: 'DE', text: Buffer.alloc(characters * CHARACTER_BYTES, CHARACTER).toString() }]
const NO_TEXTS = 'embeddings are no texts: one that is given counts as an object, whatever its length'

await testCap(import.meta.filename, {
  name: 'maxValueBytes',
  cases: everyForm((form) =>
    form.isEmbedding
      ? NO_TEXTS
      : {
          make: (to) => form.pack(rows(CHARACTERS), to),
          how: 'counted',
          warning: 'ERR_VALUE_CUT',
          counts: [rows(Math.floor(MOST / CHARACTER_BYTES))],
          check: ({ profiles, expected, stats }) => {
            assert.equal(stats.cutTexts, 1)
            assert.deepEqual(profiles, expected)
          },
          peakMb: form.kind === 'here' ? 8 : 32,
        },
  ),
})
