/** Pending promises: each is settled once, and the event loop is held exactly while there are any. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { importTs } from '../../support/typescript.mjs'

const { Pending } = await importTs('logger/pending.ts')

test('a promise settles with what its number was given, once', async () => {
  const pending = new Pending(() => {})
  const [one, two, three] = [pending.register(), pending.register(), pending.register()]
  assert.deepEqual([one.id, two.id, three.id], [1, 2, 3])
  pending.resolve(two.id, 'two')
  pending.reject(two.id, new Error('too late'))
  pending.resolve(99, 'nobody')
  assert.equal(await two.promise, 'two')
  const error = new Error('over')
  pending.rejectAll(error)
  await assert.rejects(one.promise, error)
  await assert.rejects(three.promise, error)
  assert.equal(pending.size, 0)
})

test('the loop is held exactly while something is pending', () => {
  const step = fc.record({
    does: fc.constantFrom('register', 'resolve', 'reject', 'all'),
    id: fc.integer({ min: 1, max: 8 }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const calls = []
      const pending = new Pending((held) => calls.push(held))
      const open = new Set()
      for (const { does, id } of steps) {
        if (does === 'register') {
          const { id, promise } = pending.register()
          promise.catch(() => {})
          open.add(id)
        } else if (does === 'all') {
          pending.rejectAll(new Error('over'))
          open.clear()
        } else {
          pending[does](id, new Error('told'))
          open.delete(id)
        }
        assert.equal(pending.size, open.size)
        assert.equal(calls.at(-1) ?? false, open.size > 0)
      }
      assert.ok(
        calls.every((held, index) => held === (index % 2 === 0)),
        'told of changes alone',
      )
    }),
  )
})
