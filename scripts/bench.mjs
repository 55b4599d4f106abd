/** `npm run bench`: sets up what is missing, then measures (`__test__/bench/run.mjs`, which needs packages that a fresh clone lacks). */
import '../__test__/bench/options.mjs'
import { setup } from './setup.mjs'

await setup({ quiet: true })
await import('../__test__/bench/run.mjs')
