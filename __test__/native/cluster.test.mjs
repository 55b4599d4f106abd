/** Every process of a cluster has its own loggers: they share a folder, and nothing else. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ProfileView } from '../../dist/index.js'
import { temporaryFolder } from '../support/logger.mjs'

const dist = new URL('../../dist/index.js', import.meta.url).href
const PROGRAM = `
import cluster from 'node:cluster'
import { LocalWriterFactory, ProcessRollingLogger } from ${JSON.stringify(dist)}

const logger = new ProcessRollingLogger({ writerFactory: new LocalWriterFactory(process.argv[2]) })
logger.start()
for (let a = 0; a < 1000; a++) logger.log({ a }, { datasetId: 'd' })
if (cluster.isPrimary) {
  const workers = [cluster.fork(), cluster.fork()]
  const codes = await Promise.all(workers.map((worker) => new Promise((resolve) => worker.on('exit', resolve))))
  await logger.close()
  process.exitCode = Math.max(...codes)
} else {
  await logger.close()
  process.disconnect()
}
`

test('a primary and two workers write a thousand rows each, in files of their own', (t) => {
  const folder = temporaryFolder(t)
  const [program, profiles] = [join(folder, 'program.mjs'), join(folder, 'profiles')]
  writeFileSync(program, PROGRAM)
  const { status, stderr } = spawnSync(process.execPath, [program, profiles], { encoding: 'utf8', timeout: 60_000 })
  assert.equal(status, 0, stderr)
  const counts = readdirSync(profiles).map(
    (name) => ProfileView.read(join(profiles, name)).column('a').summary()['counts/n'],
  )
  assert.ok(counts.length >= 3)
  assert.equal(
    counts.reduce((sum, n) => sum + n, 0),
    3000,
  )
})
