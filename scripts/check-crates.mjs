/** The floors of the crates: what each may depend on, as ARCHITECTURE.md has them. Says what breaks them and ends with code 1. */
import { answer } from './lib/run.mjs'

const prefix = 'rolling-profiles-'

/** From the ground up; each crate may know those before it. */
const floors = ['profile', 'ingest', 'engine', 'files', 'writers', 'binding']

const metadata = JSON.parse(answer('cargo', ['metadata', '--format-version', '1', '--no-deps']) ?? 'null')
if (!metadata) {
  console.error('cargo metadata failed')
  process.exit(1)
}

const faults = []
for (const { name, dependencies } of metadata.packages) {
  const crate = name.slice(prefix.length)
  const floor = floors.indexOf(crate)
  if (floor < 0 && crate !== 'testkit') faults.push(`crate ${name} has no floor`)
  for (const dependency of dependencies) {
    const ours = dependency.name.startsWith(prefix) ? dependency.name.slice(prefix.length) : null
    const shipped = dependency.kind !== 'dev'
    if (ours === 'testkit' && shipped) faults.push(`${name} ships the testkit`)
    if (ours !== null && ours !== 'testkit' && crate !== 'testkit' && floors.indexOf(ours) >= floor) {
      faults.push(`${name} knows ${dependency.name}, which stands above it`)
    }
    if (/^napi(-|$)/.test(dependency.name) && crate !== 'binding') faults.push(`${name} knows ${dependency.name}`)
  }
}

for (const fault of faults) console.error(fault)
if (faults.length === 0) console.log(`${metadata.packages.length} crates on their floors`)
process.exitCode = faults.length > 0 ? 1 : 0
