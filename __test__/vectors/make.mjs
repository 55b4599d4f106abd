/** Makes `blocks.json`: what the encoder writes for the cases, and the cells a decoder must find. `node __test__/vectors/make.mjs` */
import { writeFileSync } from 'node:fs'
import { encodeCase } from './encode.mjs'
import { cases } from './cases.mjs'

const vectors = []
for (const each of cases) vectors.push(await encodeCase(each))
writeFileSync(new URL('blocks.json', import.meta.url), `${JSON.stringify(vectors, null, 2)}\n`)
