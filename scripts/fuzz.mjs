/**
 * `npm run fuzz`: the fuzz targets under libFuzzer, one after the other. It ends with code 1 when one finds something.
 *
 * It needs a nightly compiler and cargo-fuzz. What a run learns is kept in `fuzz/target/corpus`, for the next one; the committed inputs in
 * `fuzz/corpus` are read and left as they are.
 */
import { mkdirSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { count, readOptions } from './lib/options.mjs'
import { at, root } from './lib/project.mjs'
import { answer, run } from './lib/run.mjs'

const targets = readdirSync(at('fuzz', 'corpus')).sort()
const usage = `npm run fuzz -- [--runs N] [--target NAME] [--max-len N]

  --runs N       executions a target (1000000)
  --target NAME  only this one
  --max-len N    the longest input, in bytes (4096)

Targets: ${targets.join(', ')}`

const { values } = readOptions(usage, {
  runs: { type: 'string', default: '1000000' },
  target: { type: 'string' },
  'max-len': { type: 'string', default: '4096' },
})

function fail(text) {
  console.error(`fuzz: ${text}`)
  process.exit(2)
}

const [runs, longest] = ['runs', 'max-len'].map((name) => count(name, values[name]))
if (values.target && !targets.includes(values.target)) {
  fail(`no such target: ${values.target}; there are ${targets.join(', ')}`)
}
const compiler = answer('cargo', ['+nightly', '--version'])
if (!compiler) fail('there is no nightly compiler: rustup toolchain install nightly')
if (!answer('cargo', ['+nightly', 'fuzz', '--version']))
  fail('there is no cargo-fuzz: cargo install cargo-fuzz --locked')

// Nothing but allocators is unsafe here, so a sanitizer would find little and take half the speed.
const built = process.env.CARGO_TARGET_DIR ?? at('fuzz', 'target')
const build = ['+nightly', 'fuzz', 'build', '--sanitizer', 'none', '--fuzz-dir', at('fuzz'), '--target-dir', built]
const { code } = await run('cargo', values.target ? [...build, values.target] : build)
if (code !== 0) process.exit(code)
const triple = /^host: (.+)$/m.exec(answer('rustc', ['+nightly', '-vV']) ?? '')?.[1]

/** Of all that libFuzzer says: a line a doubling of executions, its sum, and whatever it says of a finding. */
function progress() {
  let rest = ''
  let isFinding = false
  return (piece) => {
    const lines = (rest + piece).split('\n')
    rest = lines.pop()
    for (const line of lines) {
      isFinding ||= /panicked at|ERROR: libFuzzer/.test(line)
      if (isFinding || /\b(INITED|pulse|DONE)\b/.test(line)) console.log(line)
    }
  }
}

const found = []
for (const target of values.target ? [values.target] : targets) {
  const [learnt, artifacts] = [at('fuzz', 'target', 'corpus', target), at('fuzz', 'target', 'artifacts', target)]
  for (const folder of [learnt, artifacts]) mkdirSync(folder, { recursive: true })
  console.log(`\n== ${target}`)
  const options = [`-runs=${runs}`, `-max_len=${longest}`, '-timeout=10', '-rss_limit_mb=2048']
  const inputs = [`-artifact_prefix=${artifacts}/`, learnt, at('fuzz', 'corpus', target)]
  const { code } = await run(join(built, triple, 'release', target), [...options, ...inputs], {
    collect: true,
    onText: progress(),
  })
  if (code !== 0) found.push(`${target}: the input is in ${relative(root, artifacts)}`)
}
for (const finding of found) console.error(`FOUND: ${finding}`)
console.log(found.length > 0 ? '\nfuzz: something was found' : `\nfuzz: ${runs} executions a target, nothing found`)
process.exitCode = found.length > 0 ? 1 : 0
