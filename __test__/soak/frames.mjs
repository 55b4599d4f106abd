/**
 * `node __test__/soak/frames.mjs [FRAMES]`: so many random frames (1 000) against the reference, which `ROLLING_PROFILES_PYTHON` names: mixed types, nulls, texts of all
 * kinds, long ones, huge integers. Ends with status 1 when any figure differs that is no listed divergence.
 */
import { frameDifferences } from '../compat/frames.mjs'
import { interpreter, Reference } from '../compat/python.mjs'

const frames = Number(process.argv[2] ?? 1000)
if (!interpreter || !Number.isSafeInteger(frames) || frames <= 0) {
  console.error('usage: ROLLING_PROFILES_PYTHON=PYTHON node __test__/soak/frames.mjs [FRAMES]')
  process.exit(2)
}

const reference = new Reference(interpreter)
let differing = 0
for (let round = 0; round < frames; round++) {
  const found = await frameDifferences(reference, round)
  if (found.length > 0) {
    differing++
    for (const difference of found.slice(0, 5)) console.error(difference)
  }
  if ((round + 1) % 50 === 0) console.log(`${round + 1} of ${frames} frames, ${differing} differ`)
}
await reference.close()
console.log(`${frames} frames, ${differing} differ`)
process.exitCode = differing > 0 ? 1 : 0
