/** The registry of promises, used alone. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { importTs } from '../../support/typescript.mjs'

const { PipeSignaler } = await importTs('logger/pipe-signaler.ts')

test('what is signalled settles who waits under that id, once', async () => {
  const signaler = new PipeSignaler()
  signaler.start()
  const [good, bad] = [signaler.register('good'), signaler.register('bad')]
  assert.throws(() => signaler.register('good'), { code: 'ERR_INVALID_OPTION' })
  assert.equal(
    signaler.signalMany([
      ['good', null, 42],
      ['bad', new Error('no'), 42],
      ['nobody', null],
    ]),
    2,
  )
  assert.equal(signaler.signal(['good', null, 43]), false)
  assert.equal(await good, 42)
  await assert.rejects(bad, /no/)
  const again = signaler.register('good')
  assert.equal(signaler.signal(['good', null]), true)
  assert.equal(await again, undefined)
})

test('closing rejects what is pending, and registers no more', async () => {
  const signaler = new PipeSignaler()
  const running = signaler.run()
  assert.equal(signaler.isAlive(), true)
  const pending = signaler.register('id')
  signaler.close()
  await assert.rejects(pending, { code: 'ERR_CLOSED' })
  await running
  await signaler.join()
  assert.equal(signaler.isAlive(), false)
  assert.throws(() => signaler.register('id'), { code: 'ERR_CLOSED' })
  assert.throws(() => signaler.start(), { code: 'ERR_CLOSED' })
})

test('the working side can stop signalling', () => {
  const signaler = new PipeSignaler()
  signaler.start()
  signaler.register('id').catch(() => {})
  signaler.closeChild()
  assert.equal(signaler.signal(['id', null]), false)
  assert.equal(signaler.isAlive(), true)
  signaler.close()
})

test('what it has of a thread: started once, a number, a name', async () => {
  const [one, other] = [new PipeSignaler(), new PipeSignaler()]
  assert.deepEqual([one.isAlive(), one.ident], [false, null])
  await assert.rejects(one.join(), { code: 'ERR_NOT_STARTED' })
  one.start()
  other.start()
  assert.throws(() => one.start(), { code: 'ERR_INVALID_OPTION' })
  assert.notEqual(one.ident, other.ident)
  await one.join(1)
  assert.equal(one.isAlive(), true)
  assert.equal(one.getName(), one.name)
  one.setName('mine')
  assert.equal(one.name, 'mine')
  assert.equal(one.isDaemon(), true)
  one.setDaemon(false)
  assert.equal(one.daemon, false)
})
