/**
 * `npm run soak`: random programs against the exact model (`__test__/model`) for as long as it is told to, from fresh
 * seeds. It ends with code 1 when a program failed.
 */
import { join } from 'node:path'
import { count, readOptions } from './lib/options.mjs'
import { at } from './lib/project.mjs'
import { setup } from './setup.mjs'

const cases = join('__test__', 'model', 'cases')
const usage = `npm run soak -- [--minutes N] [--seed N] [--keep] [--replay FILE [--runs N]]

  --minutes N    how long (10)
  --seed N       begin with these programs; the next ones have the seeds after it
  --keep         save programs that failed in ${cases}, where the tests find them,
                 and not in ${join('target', 'model')}
  --replay FILE  run this saved program, and nothing else
  --runs N       so many times (30)`

const { values } = readOptions(usage, {
  minutes: { type: 'string', default: '10' },
  seed: { type: 'string' },
  keep: { type: 'boolean', default: false },
  replay: { type: 'string' },
  runs: { type: 'string', default: '30' },
})
const forMs = count('minutes', values.minutes) * 60_000
const runs = count('runs', values.runs)
const firstSeed = values.seed === undefined ? Math.trunc(Math.random() * 2 ** 30) + 1 : count('seed', values.seed)

await setup({ quiet: true })
const { readCase, saveCase } = await import('../__test__/model/cases.mjs')
const { kinds } = await import('../__test__/model/kinds.mjs')
const { search } = await import('../__test__/model/property.mjs')
const { run } = await import('../__test__/model/run.mjs')
const { watchPrograms } = await import('../__test__/model/watchdog.mjs')

/** Programs of one seed; then the next kind has its turn. */
const PROGRAMS = 100
const PROGRESS_MS = 10_000
/** Busy machines are slow; what never settles does not settle in this time either. */
const PATIENCE_MS = 30_000
const SHRINK_MS = 60_000
/** A program whose promises do not settle waits for them a few times. */
const HELD_MS = 6 * PATIENCE_MS

const folder = values.keep ? at(cases) : at('target', 'model')
const watch = watchPrograms(HELD_MS, folder)
const began = performance.now()
const sums = { programs: 0, rows: 0, mismatches: 0, unsettled: 0 }
let toldAt = began

const sentence = ({ programs, rows, mismatches, unsettled }) =>
  `${programs} programs, ${rows} rows, ${mismatches} mismatches, ${unsettled} unsettled promises`

function tell({ programs, rows, unsettled }) {
  if (performance.now() - toldAt < PROGRESS_MS) return
  toldAt = performance.now()
  const so = {
    ...sums,
    programs: sums.programs + programs,
    rows: sums.rows + rows,
    unsettled: sums.unsettled + unsettled,
  }
  console.log(`${Math.round((toldAt - began) / 1000)} s: ${sentence(so)}`)
}

async function replay(path) {
  const program = readCase(path)
  const { check } = kinds.find(({ name }) => name === program.kind) ?? { check: run }
  let failed = 0
  for (let time = 0; time < runs; time++) {
    const { faults, rows, unsettled } = await check(program, PATIENCE_MS)
    sums.programs++
    sums.rows += rows
    sums.unsettled += unsettled
    if (faults.length > 0 && ++failed === 1) for (const fault of faults) console.log(fault)
  }
  sums.mismatches = failed
}

async function soak() {
  for (let round = 0; performance.now() - began < forMs; round++) {
    const seed = firstSeed + round
    const { name, arbitrary, check } = kinds[round % kinds.length]
    const watched = (program, patienceMs) => {
      watch({ kind: name, ...program })
      return check(program, patienceMs)
    }
    const left = forMs - (performance.now() - began)
    const given = {
      seed,
      programs: PROGRAMS,
      forMs: left,
      patienceMs: PATIENCE_MS,
      shrinkMs: SHRINK_MS,
      check: watched,
    }
    const { found, programs, rows, unsettled } = await search(arbitrary, { ...given, onProgram: tell })
    sums.programs += programs
    sums.rows += rows
    sums.unsettled += unsettled
    if (found === null) continue
    sums.mismatches++
    const path = saveCase(folder, { ...found, kind: name })
    console.log(`FOUND: seed ${seed}, ${name}, program ${found.programs}, saved in ${path}`)
    for (const fault of found.faults.slice(0, 8)) console.log(`  ${fault}`)
  }
}

if (values.replay) await replay(values.replay)
else await soak()
console.log(sentence(sums))
// Loggers whose writers never answer are still there.
process.exit(sums.mismatches + sums.unsettled > 0 ? 1 : 0)
