/** The declarations, as TypeScript projects of every kind see them; library checks are on, so the declarations themselves are checked. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { at, tool } from '../../scripts/lib/project.mjs'
import { installedProject } from './project.mjs'

let project
before(async () => {
  project = await installedProject()
})
after(() => project?.remove())

const use = `
export async function count(rows: Record<string, number>[]): Promise<number> {
  const logger = new ProcessRollingLogger({ aggregateBy: TimeGranularity.Hour, writeSchedule: null, syncEnabled: true })
  logger.start()
  const more: boolean = logger.log({ price: 1 }, { datasetId: 'orders' })
  await logger.log(rows, { datasetId: 'orders', sync: true })
  logger.log(columns({ price: Float64Array.of(1), country: ['DE'] }), { datasetId: 'orders' })
  const arrived: Promise<void> = logger.log(arrow(new Uint8Array(0)), { datasetId: 'orders', sync: true })
  await logger.logEmbeddings({ title: { data: new Float32Array(2), dims: [1, 2] }, text: [[1], [2]] }, { sync: 'tracked' })
  await arrived
  const { written } = await logger.close()
  const view: ProfileView = ProfileView.read('a.bin')
  return more ? written + view.columnNames.length : 0
}
interface Order {
  price: number
  country?: string
}
export function logOrder(order: Order, sync: boolean): boolean | Promise<void> {
  const logger = new ProcessRollingLogger<Order>({ schema: new DatasetSchema<Order>({ types: { price: 'fractional' } }) })
  logger.on('rejected', ({ error }) => error.code === 'ERR_INVALID_DATA' && error.row)
  new ProcessRollingLogger().log([order])
  return logger.log(order, { sync, datasetId: 'orders' })
}
export const mean = (view: ProfileView): number | undefined => view.toTable()[0]?.['distribution/mean']
// @ts-expect-error a promise is no row
new ProcessRollingLogger().log(Promise.resolve({ price: 1 }))
// @ts-expect-error there is no such column
new DatasetSchema<Order>({ types: { prize: 'fractional' } })
// @ts-expect-error a column that is no array
columns({ price: 1 })
// @ts-expect-error a number is no embedding
new ProcessRollingLogger().logEmbeddings({ title: 1 })
// @ts-expect-error an option that does not exist
new ProcessRollingLogger({ agregateBy: TimeGranularity.Hour })
`
const imported = `import { arrow, columns, DatasetSchema, ProcessRollingLogger, ProfileView, TimeGranularity } from 'rolling-profiles'\n${use}`
const required = `import lib = require('rolling-profiles')
import ProcessRollingLogger = lib.ProcessRollingLogger
import DatasetSchema = lib.DatasetSchema
import TimeGranularity = lib.TimeGranularity
import ProfileView = lib.ProfileView
const { arrow, columns } = lib
${use}`

async function compile(name, files, options) {
  for (const [file, text] of Object.entries(files)) project.write(file, text)
  const config = {
    compilerOptions: {
      target: 'es2022',
      lib: ['es2022', 'esnext.disposable'],
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      skipLibCheck: false,
      types: ['node'],
      typeRoots: [at('node_modules', '@types')],
      ...options,
    },
    files: Object.keys(files),
  }
  const path = project.write(`tsconfig.${name}.json`, JSON.stringify(config))
  const { code, text } = await project.run(process.execPath, tool('typescript', 'tsc'), '--project', path)
  assert.equal(code, 0, text)
}

test('a Node project, imported and required', () =>
  compile('node16', { 'a.mts': imported, 'b.cts': required }, { module: 'node16', moduleResolution: 'node16' }))

test('a project for a bundler', () =>
  compile('bundler', { 'c.ts': imported }, { module: 'esnext', moduleResolution: 'bundler' }))
