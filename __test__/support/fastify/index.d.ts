/** The little of Fastify's types that the README's example uses. */
interface Reply {
  code(status: number): this
  send(): this
}
interface Log {
  warn(data: unknown, message?: string): void
  error(data: unknown, message?: string): void
}
interface Instance {
  readonly log: Log
  post<Route extends { Body: unknown }>(
    path: string,
    handle: (request: { body: Route['Body'] }, reply: Reply) => Promise<unknown>,
  ): this
  listen(options: { port: number }): Promise<string>
  close(): Promise<void>
}
export default function fastify(options?: { logger?: boolean }): Instance
