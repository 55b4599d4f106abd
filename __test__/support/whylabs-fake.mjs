/**
 * An endpoint that speaks WhyLabs' upload protocol, on this machine, with faults on demand.
 *
 * `faults` is a list for each kind of call (`log`, `put`, `begin`, `logIn`, `commit`, `reference`); each call takes the next one. A fault is a status, or
 * `{ status, headers, body }`, or `'reset'` (the connection breaks before anything is done), `'lost'` (it is done, and the answer is lost),
 * `'expired'` (of a put: the address no longer holds), or a function that is awaited first.
 */
import { createServer } from 'node:http'

const JSON_TYPE = { 'content-type': 'application/json' }

export async function whylabsFake(t, { key = '0123456789.fake-key', org = 'org-1', datasets = ['d'] } = {}) {
  const faults = { log: [], put: [], begin: [], logIn: [], commit: [], reference: [] }
  /** Every call: its kind, headers and body. */
  const calls = []
  /** What is stored, by entry; `counts` says whether it does. */
  const entries = new Map()
  const transactions = new Map()
  let last = 0

  const entry = (origin, more) => {
    const id = `log-${++last}`
    entries.set(id, { id, counts: false, bytes: null, ...more })
    return {
      id,
      modelId: more.datasetId,
      uploadUrl: `${origin}/upload/${id}?signature=s`,
      uploadTimestamp: 1,
      tags: { tags: [] },
    }
  }

  /** What a call does: its answer. */
  const acts = {
    log: ({ origin, datasetId, body }) =>
      entry(origin, { datasetId, timestamp: body.datasetTimestamp, isDirect: true }),
    reference: ({ origin, datasetId, body }) =>
      entry(origin, { datasetId, timestamp: body.datasetTimestamp, alias: body.alias, isDirect: true }),
    begin: ({ body }) => {
      const transactionId = `t-${++last}`
      transactions.set(transactionId, { state: 'open', datasetId: body.datasetId, entries: [] })
      return {
        orgId: org,
        datasetId: body.datasetId,
        transactionId,
        expirationTime: '2099-01-01T00:00:00Z',
        aborted: false,
      }
    },
    logIn: ({ origin, transaction, body }) => {
      const made = entry(origin, { datasetId: transaction.datasetId, timestamp: body.datasetTimestamp })
      transaction.entries.push(made.id)
      return made
    },
    commit: ({ transaction }) => {
      transaction.state = 'committed'
      for (const id of transaction.entries) entries.get(id).counts = entries.get(id).bytes !== null
      return { committed: true }
    },
    put: ({ id, raw }) => {
      const stored = entries.get(id)
      stored.bytes = raw
      stored.counts = stored.isDirect === true
      return {}
    },
  }

  /** Which call it is; `refusal` where it is none that may be. */
  function route(request, url) {
    const [, version, kind, ...path] = url.pathname.split('/').map(decodeURIComponent)
    if (version === 'upload') return { name: 'put', id: kind }
    if (request.headers['x-api-key'] !== key) return { refusal: [401, { message: 'unauthorized' }] }
    if (version === 'v0' && kind === 'organizations') {
      const [orgId, , what, datasetId] = path
      if (orgId !== org || !datasets.includes(datasetId)) return { refusal: [404, { message: 'not found' }] }
      return { name: what === 'reference' ? 'reference' : 'log', datasetId }
    }
    if (version === 'v1' && kind === 'log') {
      // The newer form, which the reference uses: the key names the organisation, a header the dataset.
      const datasetId = request.headers['x-whylabs-resource']
      return datasets.includes(datasetId) ? { name: 'log', datasetId } : { refusal: [404, { message: 'not found' }] }
    }
    if (version !== 'v1' || kind !== 'transaction') return { refusal: [404, {}] }
    if (path.length === 0) return { name: 'begin' }
    const transaction = transactions.get(url.searchParams.get('transaction_id'))
    if (transaction?.state !== 'open') return { refusal: [404, { message: 'no such open transaction' }] }
    return { name: path[0] === 'log' ? 'logIn' : 'commit', transaction }
  }

  async function answer(request, response) {
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    const raw = Buffer.concat(chunks)
    const origin = `http://${request.headers.host}`
    const call = route(request, new URL(request.url, origin))
    calls.push({ name: call.name ?? 'refused', headers: request.headers, raw, url: request.url })
    if (call.refusal) return reply(response, ...call.refusal)
    let fault = faults[call.name].shift()
    if (typeof fault === 'function') fault = await fault()
    if (fault === 'reset') return request.socket.destroy()
    if (fault === 'expired') return reply(response, 403, { message: 'Request has expired' })
    if (typeof fault === 'number') return reply(response, fault, { message: 'told to fail' })
    if (typeof fault === 'object') return reply(response, fault.status, fault.body ?? {}, fault.headers)
    const body = call.name === 'put' || raw.length === 0 ? {} : JSON.parse(raw)
    const result = acts[call.name]({ ...call, origin, body, raw })
    if (fault === 'lost') return request.socket.destroy()
    return reply(response, 200, result)
  }

  function reply(response, status, body, headers = {}) {
    response.writeHead(status, { ...JSON_TYPE, ...headers })
    response.end(JSON.stringify(body))
  }

  const server = createServer((request, response) => void answer(request, response))
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  const endpoint = `http://127.0.0.1:${server.address().port}`
  return {
    endpoint,
    key,
    org,
    faults,
    calls,
    /** How often a call was made. */
    made: (name) => calls.filter((call) => call.name === name).length,
    /** The profiles that count. */
    stored: () => [...entries.values()].filter(({ counts }) => counts),
    abort: () => {
      for (const transaction of transactions.values()) transaction.state = 'aborted'
    },
  }
}
