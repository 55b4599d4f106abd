/** The little of Fastify that the README's example uses: JSON bodies, and a close that waits for requests. */
import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'

export default function fastify() {
  const routes = new Map()
  const print = (level) => (data, message) => console.error(JSON.stringify({ level, message, data }))
  const server = createServer(async (request, response) => {
    const reply = {
      code: (status) => Object.assign(reply, { status }),
      send: () => response.writeHead(reply.status).end(),
    }
    try {
      const body = await json(request)
      await routes.get(request.url)({ body }, reply)
    } catch {
      response.writeHead(400).end()
    }
  })
  return {
    log: { warn: print('warn'), error: print('error') },
    post: (path, handle) => routes.set(path, handle),
    listen: (options) => new Promise((resolve) => server.listen(options, resolve)),
    close: () => new Promise((resolve) => server.close(resolve)),
  }
}
