/** The endpoint that our uploads are tested against is one for the reference's writer as well, and what we stored there it reads. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { ProfileView, WhyLabsWriterFactory } from '../../dist/index.js'
import { memoryLogger, temporaryFolder } from '../support/logger.mjs'
import { whylabsFake } from '../support/whylabs-fake.mjs'
import { interpreter, quietEnvironment, Reference } from './python.mjs'

const script = fileURLToPath(new URL('./python/upload.py', import.meta.url))

/** Runs the reference's writer; not synchronously, since the endpoint is in this process. */
function upload(...args) {
  const child = spawn(interpreter, [script, ...args], { env: quietEnvironment() })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += chunk))
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, text })))
}

if (!interpreter) {
  test('uploads are not compared live: ROLLING_PROFILES_PYTHON names no Python with whylogs', async (t) => {
    assert.equal((await whylabsFake(t)).stored().length, 0)
  })
} else {
  for (const mode of ['direct', 'transaction']) {
    test(`the reference uploads to the endpoint that we are tested against: ${mode}`, async (t) => {
      const fake = await whylabsFake(t)
      const { code, text } = await upload(fake.endpoint, fake.key, fake.org, 'd', mode)
      assert.equal(code, 0, text + fake.calls.map(({ url }) => url).join())
      const stored = fake.stored()
      assert.equal(stored.length, 1, text)
      assert.equal(ProfileView.deserialize(stored[0].bytes).column('a').summary()['counts/n'], 3)
    })
  }

  test('what we stored there, the reference reads', async (t) => {
    const fake = await whylabsFake(t)
    const writerFactory = new WhyLabsWriterFactory({ endpoint: fake.endpoint, apiKey: fake.key, orgId: fake.org })
    const { logger } = memoryLogger(t, { writerFactory })
    logger.log([{ a: 1 }, { a: 2 }], { datasetId: 'd' })
    await logger.flush()
    const path = join(temporaryFolder(t), 'stored.bin')
    writeFileSync(path, fake.stored()[0].bytes)
    const reference = new Reference(interpreter)
    t.after(() => reference.close())
    const { table } = await reference.ask({ do: 'open', path })
    assert.equal(table.a['counts/n'], 2)
  })
}
