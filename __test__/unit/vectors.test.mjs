/** The encoder still writes the blocks that the decoder is tested with. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { cases } from '../vectors/cases.mjs'
import { encodeCase } from '../vectors/encode.mjs'

const vectors = JSON.parse(readFileSync(new URL('../vectors/blocks.json', import.meta.url), 'utf8'))

test('there is a vector for every case', () => {
  assert.deepEqual(
    vectors.map(({ name }) => name),
    cases.map(({ name }) => name),
  )
})

for (const [index, each] of cases.entries()) {
  test(`the encoder writes the block of: ${each.name}`, async () => {
    assert.deepEqual(JSON.parse(JSON.stringify(await encodeCase(each))), vectors[index])
  })
}
