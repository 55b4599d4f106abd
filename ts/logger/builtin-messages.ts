/** What each of the built-in messages asks of a logger. */
import {
  CloseMessage,
  FlushMessage,
  LogMessage,
  ProcessStatusMessage,
  RawLogEmbeddingsMessage,
  RawLogMessage,
  RawPubSubEmbeddingMessage,
  RawPubSubMessage,
} from '../messages.js'

type Class<M> = abstract new (...args: never[]) => M

/** The built-in classes, each with the method that takes its messages. */
const HANDLERS = new Map<Class<object>, HandlerName>([
  [LogMessage, 'processLogMessages'],
  [RawLogMessage, 'processRawLogDicts'],
  [RawLogEmbeddingsMessage, 'processLogEmbeddingsMessages'],
  [RawPubSubMessage, 'processPubsub'],
  [RawPubSubEmbeddingMessage, 'processPubsubEmbedding'],
  [FlushMessage, 'processFlushMessage'],
  [CloseMessage, 'processCloseMessage'],
  [ProcessStatusMessage, 'processStatusMessage'],
])

export type HandlerName =
  | 'processLogMessages'
  | 'processRawLogDicts'
  | 'processLogEmbeddingsMessages'
  | 'processPubsub'
  | 'processPubsubEmbedding'
  | 'processFlushMessage'
  | 'processCloseMessage'
  | 'processStatusMessage'

export const HANDLER_NAMES: readonly HandlerName[] = [...HANDLERS.values()]

/** What these methods begin ends only behind everything that was sent before, so that no batch can wait for it. */
export const ENDING: ReadonlySet<HandlerName> = new Set<HandlerName>([
  'processFlushMessage',
  'processCloseMessage',
  'processStatusMessage',
])

/** The method for a built-in message or its subclass; `undefined` for a class of the user's own. */
export function handlerOf(type: Class<object>): HandlerName | undefined {
  for (const [known, handler] of HANDLERS) {
    if (type === known || type.prototype instanceof known) return handler
  }
  return undefined
}
