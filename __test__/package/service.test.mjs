/** The services of the README, as they stand: good, bad and hostile bodies, and an end by SIGTERM. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { ResultSet } from '../../dist/index.js'
import { codeBlocks } from '../../scripts/lib/markdown.mjs'
import { at, root } from '../../scripts/lib/project.mjs'
import { temporaryFolder } from '../support/logger.mjs'

const fastify = fileURLToPath(new URL('../support/fastify', import.meta.url))
const [, section] = readFileSync(at('README.md'), 'utf8').split('### In a service\n')
const [withHttp, withFastify] = codeBlocks(section.split('\n### ')[0]).map(({ code }) => code)

/** Prints the address of each server that listens, so that its port is known. */
const PRINT_ADDRESS = `
  import { Server } from 'node:net'
  const { listen } = Server.prototype
  Server.prototype.listen = function (...given) {
    this.once('listening', () => process.stdout.write(JSON.stringify(this.address()) + '\\n'))
    return listen.apply(this, given)
  }`

/** Runs a service in a folder of its own; gives its port, and how it ends. */
async function started(t, code) {
  const folder = temporaryFolder(t)
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(root, join(folder, 'node_modules', 'rolling-profiles'), 'junction')
  symlinkSync(fastify, join(folder, 'node_modules', 'fastify'), 'junction')
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 }
  const file = join(folder, 'service.mjs')
  writeFileSync(file, ts.transpileModule(code, { compilerOptions }).outputText)
  const preload = `data:text/javascript,${encodeURIComponent(PRINT_ADDRESS)}`
  const child = spawn(process.execPath, ['--import', preload, file], {
    cwd: folder,
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.after(() => child.kill('SIGKILL'))
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr']) child[name].setEncoding('utf8').on('data', (text) => (said[name] += text))
  const exit = once(child, 'close')
  while (!said.stdout.includes('\n')) await Promise.race([once(child.stdout, 'data'), exit])
  return { child, port: JSON.parse(said.stdout).port, said, exit, profiles: join(folder, 'profiles') }
}

/** A request whose body is still to come; `answer` is its status. */
function begin(port, more = {}) {
  const headers = { 'content-type': 'application/json', connection: 'close', ...more }
  const call = request({ port, path: '/orders', method: 'POST', headers, agent: new Agent({ keepAlive: false }) })
  const answer = once(call, 'response').then(([response]) => {
    response.resume()
    return response.statusCode
  })
  return { call, answer }
}

async function post(port, body) {
  const { call, answer } = begin(port)
  call.end(body)
  return answer
}

/** Resolves when nobody listens on the port any more. */
async function closed(port) {
  for (;;) {
    try {
      await post(port, '{}')
    } catch (error) {
      assert.match(error.code, /ECONN/)
      return
    }
  }
}

const wide = Object.fromEntries(Array.from({ length: 20_000 }, (_, column) => [`c${column}`, 1]))
const HOSTILE = {
  ERR_UNSUPPORTED_DATA: ['5', 'null', '"text"', '[1]'],
  ERR_TOO_MANY_COLUMNS: [JSON.stringify(wide)],
  ERR_INVALID_DATA: [JSON.stringify({ ['n'.repeat(5000)]: 1 })],
}

for (const [name, code] of Object.entries({ 'node:http': withHttp, Fastify: withFastify })) {
  test(`the service with ${name} answers whatever comes, and keeps every good row`, { timeout: 60_000 }, async (t) => {
    const { child, port, said, exit, profiles } = await started(t, code)
    for (let price = 1; price <= 50; price++) assert.equal(await post(port, JSON.stringify({ price })), 204)
    for (const body of ['{', '', 'text', '{"price":1,}']) assert.equal(await post(port, body), 400)
    for (const body of Object.values(HOSTILE).flat()) assert.equal(await post(port, body), 204)
    // One that is under way when the signal comes.
    const late = begin(port, { expect: '100-continue' })
    late.call.flushHeaders()
    await once(late.call, 'continue')
    child.kill('SIGTERM')
    await closed(port)
    late.call.end('{"price":51}')
    assert.equal(await late.answer, 204)
    assert.deepEqual(await exit, [null, 'SIGTERM'])
    const column = ResultSet.read(profiles).view().column('price')
    assert.deepEqual([column.count, column.min, column.max, column.mean], [51, 1, 51, 26])
    for (const refused of Object.keys(HOSTILE)) assert.match(said.stderr, new RegExp(refused))
    assert.doesNotMatch(said.stderr, /Warning/, 'somebody listens')
  })
}
