/** The kinds of programs, each with how one is run. */
import { programs } from './program.mjs'
import { run } from './run.mjs'
import { runTwice } from './same.mjs'

export const kinds = [
  { name: 'plain', arbitrary: programs(), check: run },
  { name: 'ends', arbitrary: programs({ ends: true }), check: run },
  { name: 'writers', arbitrary: programs({ odd: true }), check: run },
  { name: 'writers-and-ends', arbitrary: programs({ odd: true, ends: true }), check: run },
  { name: 'narrow', arbitrary: programs({ narrow: true }), check: run },
  { name: 'seeded', arbitrary: programs({ seeded: true }), check: runTwice },
]
