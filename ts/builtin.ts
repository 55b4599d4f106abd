/**
 * Node's modules that many programs never need, loaded once they are asked for: these take a third of the time of loading this package. (What
 * `import` names of `node:fs` loads its streams too.)
 */
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

export const crypto = (): typeof import('node:crypto') => require('node:crypto')
export const fs = (): typeof import('node:fs') => require('node:fs')
export const stream = (): typeof import('node:stream') => require('node:stream')
