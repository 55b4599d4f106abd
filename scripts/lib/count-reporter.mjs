/** A reporter for `node --test`: one JSON line a test, for node-suites.mjs to add up. */
import { resolve } from 'node:path'

export default async function* countReporter(source) {
  for await (const { type, data } of source) {
    if (type !== 'test:pass' && type !== 'test:fail') continue
    const { name, file, details, skip, todo } = data
    // A `describe` has no result of its own, unless it broke outside its tests.
    if (details?.type === 'suite' && (type === 'test:pass' || details.error?.failureType === 'subtestsFailed')) continue
    let outcome = type === 'test:pass' ? 'passed' : 'failed'
    if (skip !== undefined || todo !== undefined) outcome = 'skipped'
    // A file that registered no test at all is reported under its own path.
    else if (outcome === 'passed' && resolve(name) === file) outcome = 'empty'
    yield `${JSON.stringify({ outcome, name, file })}\n`
  }
}
