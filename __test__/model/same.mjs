/** With `seed` the same program gives the same profiles, whatever the threads do meanwhile. */
import { run } from './run.mjs'

/** Runs a program twice; as {@link run}, and what differs between the two is a fault. */
export async function runTwice(program, patienceMs) {
  const first = await run(program, patienceMs)
  const second = await run(program, patienceMs)
  const faults = [...first.faults, ...second.faults]
  if (faults.length === 0) faults.push(...differing(first.images, second.images))
  return { ...first, faults, rows: first.rows + second.rows }
}

function differing(first, second) {
  const places = (images) => images.map(({ place }) => place).join('\n')
  if (places(first) !== places(second)) return ['the second run wrote other profiles']
  return first.flatMap(({ place, text }, at) =>
    text === second[at].text ? [] : [`${place}: the second run wrote another profile`],
  )
}
