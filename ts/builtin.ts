/** Node's modules that many programs never need, loaded once they are asked for: these take a fifth of the time of loading this package. */
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

export const crypto = (): typeof import('node:crypto') => require('node:crypto')
export const stream = (): typeof import('node:stream') => require('node:stream')
