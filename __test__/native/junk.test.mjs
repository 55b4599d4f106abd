/**
 * Every public call, with junk in every place: what it refuses is refused with one of our errors, and nothing is harmed.
 * `support/surface.mjs` has the calls, `support/hostile.mjs` the junk.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { isPromise } from 'node:util/types'
import ts from 'typescript'
import * as library from '../../dist/index.js'
import { assertOurs, junkArguments, Settling } from '../support/junk.mjs'
import { temporaryFolder } from '../support/logger.mjs'
import * as surface from '../support/surface.mjs'

const { DATASET, HANDLE_CALLS, LOGGER_CALLS, THREAD_CALLS } = surface
const folder = temporaryFolder({ after: (remove) => process.once('exit', remove) })
// What is told to write to `text` writes there.
process.chdir(folder)
const CALLS = surface.plainCalls(folder)

/** Methods that a class has of its own, or from a class of ours. */
function methodsOf(Class) {
  const names = []
  for (let type = Class; typeof type === 'function' && type.prototype; type = Object.getPrototypeOf(type)) {
    if (!Object.values(library).includes(type)) break
    for (const name of Object.getOwnPropertyNames(type.prototype)) {
      const { value } = Object.getOwnPropertyDescriptor(type.prototype, name)
      if (name !== 'constructor' && typeof value === 'function') names.push(name)
    }
  }
  return names
}

test('every function, constructor and method is called', () => {
  const called = new Set(CALLS.map(({ name }) => name))
  for (const name of Object.keys(LOGGER_CALLS)) called.add(`BaseProcessRollingLogger#${name}`)
  for (const name of Object.keys(LOGGER_CALLS)) called.add(`ProcessRollingLogger#${name}`)
  for (const name of Object.keys(THREAD_CALLS)) called.add(`ThreadRollingLogger#${name}`)
  for (const name of Object.keys(HANDLE_CALLS)) called.add(`DatasetHandle#${name}`)
  called.add('new DatasetHandle')
  const missing = []
  const want = (name) => called.has(name) || missing.push(name)
  for (const [name, value] of Object.entries(library)) {
    if (typeof value !== 'function') continue
    const isClass = /^class\b/.test(Function.prototype.toString.call(value))
    want(isClass ? `new ${name}` : name)
    if (!isClass) continue
    for (const method of methodsOf(value)) want(`${name}#${method}`)
    for (const method of Object.getOwnPropertyNames(value)) {
      if (typeof value[method] === 'function' && method !== 'prototype') want(`${name}.${method}`)
    }
  }
  assert.deepEqual(missing, [])
})

test('the package has no entry that is not walked', () => {
  const { exports } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  assert.deepEqual(Object.keys(exports), ['.', './package.json'])
})

test('every option is given', () => {
  const path = new URL('../../dist/index.d.ts', import.meta.url)
  const source = ts.createSourceFile('index.d.ts', readFileSync(path, 'utf8'), ts.ScriptTarget.Latest)
  const isOptions = ({ name }) => /(Options|Config|Limits|Window|Spec|Abortable)$/.test(name.text)
  const missing = []
  for (const node of source.statements) {
    if (!(ts.isInterfaceDeclaration(node) || ts.isClassDeclaration(node)) || !node.name || !isOptions(node)) continue
    const { text } = node.name
    if (/^Native/.test(text) || text === 'ResolvedOptions' || text === 'BigSpec') continue
    for (const { name } of node.members) {
      if (name && !Object.hasOwn(surface.OPTION_NAMES[text] ?? {}, name.text)) missing.push(`${text}.${name.text}`)
    }
  }
  assert.deepEqual(missing, [])
})

for (const { name, call, good, same = (result) => result, after = () => {}, fails } of CALLS) {
  test(`${name} takes junk, or refuses it`, async () => {
    const wellCalled = async () => {
      if (fails !== undefined) {
        await assert.rejects(async () => call(...good()), { code: fails })
        return null
      }
      const result = call(...good())
      after(result)
      return same(await result)
    }
    const before = await wellCalled()
    const settling = new Settling()
    for (const [where, args] of junkArguments(good)) {
      const result = settling.run(`${name} ${where}`, () => call(...args))
      if (result !== undefined && !isPromise(result)) after(result)
    }
    await settling.end()
    assert.deepEqual(await wellCalled(), before)
  })
}

/** A logger's calls, on loggers that are made anew when a call has ended one. */
function ofLogger(kind, calls, start, check, self = (logger) => logger) {
  for (const [name, args] of Object.entries(calls)) {
    test(`${kind}.${name} takes junk, or refuses it`, async () => {
      const settling = new Settling()
      let current = await start()
      for (const [where, given] of junkArguments(() => args)) {
        const result = settling.run(`${kind}.${name} ${where}`, () => self(current.logger)[name](...given))
        result?.destroy?.()
        if (isOpen(current.logger)) continue
        await end(current)
        current = await start()
      }
      if (isOpen(current.logger)) await check(current)
      await end(current)
      await settling.end()
    })
  }
}

function isOpen(logger) {
  return logger instanceof library.ThreadRollingLogger ? true : logger.isAlive() && !logger.isClosed()
}

/** What waits for the end of a logger settles with it. */
async function end({ logger }) {
  try {
    await logger.close({ timeoutMs: 5000, onLoss: 'report' })
  } catch (error) {
    assertOurs(error, 'the close afterwards')
  }
}

/** Good rows count as ever, and the ledger holds. */
async function checkProcess({ logger, writer }) {
  await logger.processMessages()
  for (let n = 0; n < 3; n++) await logger.log({ checked: n }, { datasetId: 'checked', timestampMs: 0, sync: true })
  await logger.flush()
  assert.equal(writer.count('checked', 'checked'), 3)
  const { offeredMessages, acceptedMessages, refusedMessages, droppedMessages } = logger.stats()
  assert.equal(offeredMessages, acceptedMessages + refusedMessages + droppedMessages)
}

async function checkThread({ logger, writer }) {
  if (
    await logger.flush().then(
      () => false,
      ({ code }) => code === 'ERR_CLOSED',
    )
  )
    return
  for (let n = 0; n < 3; n++) await logger.log({ checked: n }, { timestampMs: 0, sync: true })
  await logger.flush()
  assert.equal(writer.count(DATASET, 'checked'), 3)
}

ofLogger('ProcessRollingLogger', LOGGER_CALLS, surface.startedLogger, checkProcess)
ofLogger('ThreadRollingLogger', THREAD_CALLS, surface.startedThreadLogger, checkThread)
ofLogger('DatasetHandle', HANDLE_CALLS, surface.startedLogger, checkProcess, (logger) => logger.dataset(DATASET))
