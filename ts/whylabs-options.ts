/** Options of the WhyLabs writer: their defaults and their checks. No message holds the key. */
import { fs } from './builtin.js'
import { InvalidOptionError } from './errors.js'
import { FOREVER_MS } from './long-timer.js'
import type { NativeWhyLabsOptions } from './native.js'
import { duration, optionsOf } from './option-checks.js'
import { receivedType } from './received.js'

/** Where profiles are uploaded to, and as whom. What is missing comes from the environment. */
export interface WhyLabsOptions {
  /**
   * The key, 12 to 80 characters. It is needed, here or in the environment.
   *
   * @default process.env.WHYLABS_API_KEY
   */
  apiKey?: string | undefined
  /**
   * The organisation of datasets that name none.
   *
   * @default process.env.WHYLABS_DEFAULT_ORG_ID
   */
  orgId?: string | undefined
  /**
   * The address that profiles are uploaded to, of https but for this machine. The environment variables
   * `WHYLABS_PRIVATE_API_ENDPOINT` and `WHYLABS_API_ENDPOINT` stand in for it, in this order.
   *
   * @default 'https://api.whylabsapp.com'
   */
  endpoint?: string | undefined
  /**
   * The region that profiles are uploaded to.
   *
   * @default process.env.WHYLABS_UPLOAD_REGION
   */
  region?: string | undefined
  /**
   * Whether each profile is uploaded in a transaction: one call more, and never counted twice.
   *
   * @default false
   */
  transactions?: boolean | undefined
  /**
   * The longest that one call may take, in milliseconds, or `Infinity`.
   *
   * @default 60_000
   */
  timeoutMs?: number | undefined
}

const NAMES = new Set(['apiKey', 'orgId', 'endpoint', 'region', 'transactions', 'timeoutMs'])
/** What is of another type is not shown: it may be the key, put in the wrong place. */
const TYPES = [
  ['apiKey', 'string'],
  ['orgId', 'string'],
  ['endpoint', 'string'],
  ['region', 'string'],
  ['transactions', 'boolean'],
  ['timeoutMs', 'number'],
] as const
const ENDPOINT = 'https://api.whylabsapp.com'
/** Its number comes first, then a dot. */
const KEY = /^[^.\s]{10}\.\S{1,69}$/
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/

/** Checks what a user gave and fills in the rest. @throws InvalidOptionError naming the option. */
export function resolveWhyLabs(options: WhyLabsOptions = {}): NativeWhyLabsOptions {
  const given = optionsOf(options, NAMES)
  for (const [name, type] of TYPES) {
    const value: unknown = given[name]
    if (value === undefined || value === null || typeof value === type) continue
    throw new InvalidOptionError(`options.${name}`, `must be a ${type}${receivedType(value)}`)
  }
  const { env } = process
  const apiKey = given.apiKey || env.WHYLABS_API_KEY
  if (!apiKey) throw new InvalidOptionError('options.apiKey', 'must be given, or WHYLABS_API_KEY set')
  if (!KEY.test(apiKey)) {
    throw new InvalidOptionError('options.apiKey', 'must have 12 to 80 characters, the eleventh of which is a dot')
  }
  return {
    endpoint: endpoint(given.endpoint || env.WHYLABS_PRIVATE_API_ENDPOINT || env.WHYLABS_API_ENDPOINT || ENDPOINT),
    apiKey,
    orgId: given.orgId || env.WHYLABS_DEFAULT_ORG_ID || null,
    region: given.region || env.WHYLABS_UPLOAD_REGION || null,
    transactions: given.transactions ?? false,
    timeoutMs: Math.min(duration('timeoutMs', given.timeoutMs ?? undefined, 60_000), FOREVER_MS),
    userAgent: `rolling-profiles/${version()}`,
  }
}

function endpoint(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  const isLoopback = url !== null && LOOPBACK.test(url.hostname)
  if (url?.protocol !== 'https:' && !(isLoopback && url?.protocol === 'http:')) {
    throw new InvalidOptionError('options.endpoint', 'must be an address that begins with https://')
  }
  // It is part of names and messages.
  if (url?.username || url?.password) {
    throw new InvalidOptionError('endpoint', 'it must hold no user name or password; the key goes in apiKey')
  }
  return text.replace(/\/+$/, '')
}

function version(): string {
  const { version: found } = JSON.parse(fs().readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  return String(found)
}
