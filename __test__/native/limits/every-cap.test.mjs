/** Every cap has a file here. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { publicMembers } from '../../support/declarations.mjs'

/** What bounds that which is kept, whatever it came from. */
const ELSEWHERE = {
  maxProfileBytes: '__test__/native/datasets.test.mjs',
  maxDatasets: '__test__/native/dataset-limit.test.mjs',
}

const inKebab = (name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

test('each cap is gone over in a file of its own', () => {
  const members = publicMembers('dist/index.d.ts').filter(({ owner, name }) => owner === 'Limits' && name !== owner)
  const caps = members.map(({ name }) => name.split('.')[1])
  const files = readdirSync(import.meta.dirname)
  const missing = caps.filter((name) => !(name in ELSEWHERE) && !files.includes(`${inKebab(name)}.test.mjs`))
  assert.ok(caps.length > 0)
  assert.deepEqual(missing, [])
})
