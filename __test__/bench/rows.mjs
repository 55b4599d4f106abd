/** The rows that every benchmark logs: the same on every machine. */

/** A seeded generator of doubles in [0, 1): mulberry32. */
export function random(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Two independent normals from two uniforms (Box, Muller 1958); one of them. */
const normal = (next) => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())

/** Cumulated weights of ranks 1…`count` by Zipf's law. */
export function zipf(count, exponent) {
  const cumulated = []
  let sum = 0
  for (let rank = 1; rank <= count; rank++) {
    sum += rank ** -exponent
    cumulated.push(sum)
  }
  return (next) => {
    const wanted = next() * sum
    let low = 0
    let high = count - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (cumulated[middle] < wanted) low = middle + 1
      else high = middle
    }
    return low
  }
}

const COLOURS = ['red', 'orange', 'yellow', 'green', 'blue', 'indigo', 'violet', 'black']
const hex = (next, digits) => Array.from({ length: digits }, () => Math.floor(next() * 16).toString(16)).join('')

/** A maker of narrow rows: ten columns of the kinds that services log. `suffix` goes behind every column's name. */
function narrowMaker(next) {
  const word = zipf(1000, 1.3)
  return (suffix = '') => ({
    [`f0${suffix}`]: normal(next),
    [`f1${suffix}`]: -10 * Math.log(1 - next()),
    [`f2${suffix}`]: next() * 1000,
    [`f3${suffix}`]: Math.exp(3 + normal(next)),
    [`i0${suffix}`]: Math.floor(next() * 100),
    [`i1${suffix}`]: Math.floor(next() * 2 ** 40),
    [`s0${suffix}`]: COLOURS[Math.floor(next() * COLOURS.length)],
    [`s1${suffix}`]: `word-${word(next)}`,
    [`s2${suffix}`]: `user-${hex(next, 12)}`,
    [`b0${suffix}`]: next() < 0.3,
  })
}

/** The row as a literal would have made it: keys assigned one by one, when they are many, make a slow object. */
export const asWritten = (row) => JSON.parse(JSON.stringify(row))

/** `count` narrow rows, ten columns each. */
export function narrowRows(count, seed = 1) {
  const make = narrowMaker(random(seed))
  return Array.from({ length: count }, () => make())
}

/** `count` wide rows: the same ten kinds ten times, 100 columns. */
export function wideRows(count, seed = 1) {
  const make = narrowMaker(random(seed))
  return Array.from({ length: count }, () => {
    const row = {}
    for (let part = 0; part < 10; part++) Object.assign(row, make(`_${part}`))
    return asWritten(row)
  })
}
