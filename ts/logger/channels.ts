/** What a logger tells, on `diagnostics_channel` as well: `rolling-profiles:<event>`, for those who watch all loggers of a process. */
import { type Channel, channel } from 'node:diagnostics_channel'
import type { LoggerEvents } from './types.js'

const NAMES = [
  'rejected',
  'refused',
  'written',
  'writeFailed',
  'drained',
  'warning',
  'error',
  'exit',
] as const satisfies (keyof LoggerEvents)[]
const CHANNELS = new Map<string | symbol, Channel>(NAMES.map((name) => [name, channel(`rolling-profiles:${name}`)]))

/** Whether somebody watches this event of all loggers. */
export function isWatched(name: string): boolean {
  return CHANNELS.get(name)?.hasSubscribers ?? false
}

/** Publishes `{ logger, event }`; nothing is made where nobody listens. */
export function publish(logger: string, name: string | symbol, event: unknown): void {
  const target = CHANNELS.get(name)
  if (target?.hasSubscribers) target.publish({ logger, event })
}
