/** Whole processes: from their start to their end, with all that Node or Python takes to begin. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { at } from '../../../scripts/lib/project.mjs'
import { figures } from '../child.mjs'

const took = pathToFileURL(at('__test__', 'bench', 'files', 'took.mjs')).href

/** Runs a script of Node; gives its output, and what it took: seconds, those of the processor, and of memory the most. */
export function ofNode(args) {
  return new Promise((resolve, reject) => {
    const began = performance.now()
    const stdio = ['ignore', 'pipe', 'pipe', 'pipe']
    const child = spawn(process.execPath, ['--import', took, ...args], { stdio })
    const texts = ['', '', '', '']
    for (const stream of [1, 2, 3]) {
      child.stdio[stream].setEncoding('utf8').on('data', (piece) => {
        texts[stream] += piece
      })
    }
    let seconds
    child.on('exit', () => {
      seconds = (performance.now() - began) / 1000
    })
    child.on('error', reject)
    child.on('close', (code) => {
      if (code !== 0) return reject(new Error(`${args.join(' ')} failed:\n${texts[2]}${texts[1]}`))
      resolve({ text: texts[1], seconds, ...JSON.parse(texts[3]) })
    })
  })
}

/** Profiles a file as its user does, profiles written into a folder that is removed then. */
export async function profiled(file, options = []) {
  const folder = mkdtempSync(join(tmpdir(), 'rolling-profiles-bench-'))
  try {
    const args = [at('dist', 'cli', 'main.js'), 'profile', file, ...options, '--out', folder, '--json']
    const { text, ...cost } = await ofNode(args)
    const [{ rows, leftOut, seconds: own, columns }] = JSON.parse(text).datasets
    if (leftOut > 0) throw new Error(`${file}: ${leftOut} records are missing`)
    const answers = {}
    for (const { column, count, min, max, mean } of columns) {
      const numbers = { min, max, mean }
      answers[column] = { n: count }
      for (const [name, value] of Object.entries(numbers)) if (value !== null) answers[column][name] = Number(value)
    }
    return { ...cost, rows, answers, profilingSeconds: own }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What a peer in Python makes of a file. */
export async function ofPeer(python, peer, kind, file) {
  const began = performance.now()
  const told = await figures(peer, python, [at('__test__', 'bench', 'files', 'peer.py'), peer, kind, file])
  return { ...told, seconds: (performance.now() - began) / 1000 }
}
