/** What people read speaks of what they know: no part of the engine, no type of Rust's. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { test } from 'node:test'
import { filesUnder } from '../../scripts/lib/fresh.mjs'
import { at } from '../../scripts/lib/project.mjs'

/** Where sentences for people are made: what each is given to. */
const MAKERS =
  /(?:EngineError::new\([^,]+,|Fault::new\([^,]+,|\binvalid\(|::corrupt\(|let message =|let what =|\bUserError\(|\bunreadable\([^,]+,|new \w+Error\()\s*&?(?:format!\()?\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`)/g
const INTERNAL =
  /\b(?:actors?|pipe ?signalers?|lanes?|partials?|arenas?|watermark|mutex|napi|serde|Option|None|Some|u8|u32|u64|i32|i64|f64|usize|&str|String|Vec)\b|\(os error/

function sentences() {
  const files = [...filesUnder(at('crates')), ...filesUnder(at('ts'))].filter(
    (file) => /\/(?:src|ts)\/.*\.(?:rs|ts)$/.test(file) && !/tests?\.rs$/.test(file),
  )
  return files.flatMap((file) => {
    const [text] = readFileSync(file, 'utf8').split('#[cfg(test)]')
    return [...text.matchAll(MAKERS)].map(([, sentence]) => ({ file: relative(at('.'), file), sentence }))
  })
}

/** What is filled in has names of its own. */
const plain = (sentence) => sentence.replace(/\$?\{[^}]*\}/g, '…')

test('no error speaks of the insides of the engine or of types of Rust', () => {
  const all = sentences()
  assert.ok(all.length > 200, `${all.length} sentences were found`)
  const internal = all.filter(({ sentence }) => INTERNAL.test(plain(sentence)))
  assert.deepEqual(internal, [])
})
