/** All tests of the workspace, documentation examples included, with what cargo said about them added up. */
import { stripVTControlCharacters } from 'node:util'
import { run } from './run.mjs'

/** Reads cargo's output: a line announces each suite, another sums it up. */
export function readCargoOutput(text, code) {
  const total = { passed: 0, failed: 0, skipped: 0, reasons: [] }
  let announced = 0
  let summed = 0
  for (const line of stripVTControlCharacters(text).split('\n')) {
    if (/^\s+(Running|Doc-tests) /.test(line)) announced += 1
    const sum = /^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored;/.exec(line)
    if (!sum) continue
    summed += 1
    total.passed += Number(sum[1])
    total.failed += Number(sum[2])
    total.skipped += Number(sum[3])
  }
  if (total.failed > 0) total.reasons.push(`${total.failed} Rust tests, named above`)
  if (summed < announced) {
    total.failed += announced - summed
    total.reasons.push(`${announced - summed} Rust suites ended without a summary`)
  } else if (announced === 0 || (code !== 0 && total.failed === 0)) {
    total.failed += 1
    total.reasons.push(`cargo test ended with code ${code}`)
  }
  return total
}

export async function runRustSuites() {
  // The announcements come on one stream, the sums on the other; a test's own output must not tear either.
  const streams = { stdout: '', stderr: '' }
  const env = { ...process.env, CARGO_TERM_COLOR: process.stdout.isTTY ? 'always' : 'never' }
  const { code } = await run('cargo', ['test', '--workspace', '--no-fail-fast'], {
    env,
    onText: (piece, stream) => {
      streams[stream] += piece
    },
  }).catch((error) => ({ code: error.code }))
  return readCargoOutput(`${streams.stderr}\n${streams.stdout}`, code)
}
