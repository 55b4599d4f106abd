/** Files of JSON as programs write them, and as they break: what each must give. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kinds, kindsOf, profiled } from '../support/file-tables.mjs'

const ROWS = [
  { a: 1, b: 'x', c: null },
  { a: 2, b: 'y\n"z"', c: [1, 2] },
  { a: 3, b: 'ü😀', c: { d: 1 } },
  { a: 4, b: '', c: true },
]
const COLUMNS = { a: '4 integral', b: '4 string', c: '1 boolean, 1 object, 1 tensor, 1 null' }

test('values in a row, whatever separates them', async (t) => {
  const [lines, pretty] = [ROWS.map((row) => JSON.stringify(row)), ROWS.map((row) => JSON.stringify(row, null, 2))]
  const [first, second] = [JSON.stringify(ROWS.slice(0, 1)), JSON.stringify(ROWS.slice(1), null, 4)]
  const contents = {
    'one array': JSON.stringify(ROWS),
    'an array over lines': JSON.stringify(ROWS, null, '\t'),
    'an array with CRLF': JSON.stringify(ROWS, null, 2).replaceAll('\n', '\r\n'),
    'two arrays': `${first}\n${second}\n`,
    'two arrays with nothing between': first + second,
    'an array and objects': `${first} ${lines.slice(1).join('')}`,
    'objects and an array': `${pretty[0]}\n${second}`,
    'objects of several lines': `${pretty.join('\n')}\n`,
    'objects of several lines, CR': pretty.join('\r').replaceAll('\n', '\r'),
    'objects with nothing between': lines.join(''),
    'objects with blanks between': lines.join(' \t '),
    'a text sequence': lines.map((line) => `\x1e${line}\n`).join(''),
    'objects with a trailing blank line': `\n\n${pretty.join('\n\n')}\n\n`,
  }
  for (const [what, content] of Object.entries(contents)) {
    for (const name of ['a.json', 'a']) {
      const { result, table } = await profiled(t, content, name)
      assert.deepEqual([result.format, result.rows, result.leftOut], ['json', 4, 0], `${what}, ${name}`)
      assert.deepEqual(kindsOf(table), COLUMNS, `${what}, ${name}`)
    }
  }
  const { result, table } = await profiled(t, lines.join('\n'), 'a.json')
  assert.deepEqual([result.rows, kindsOf(table)], [4, COLUMNS])
})

test('what follows an array and is no JSON is told with its place', async (t) => {
  const { result } = await profiled(t, '[{"a":1},\n{"a":2},\n{"a":3}]\njunk\n', 'a.json').catch((error) => ({
    result: { rows: error.rows, complaints: [{ place: error.place }], error },
  }))
  assert.equal(result.rows, 3)
  assert.equal(result.complaints[0].place, 4)
})

test('a line end within a text of a record, which JSON does not allow, costs that record', async (t) => {
  const { result, table } = await profiled(t, '[{"a":"x"},\n{"a":"y\nz"},\n{"a":"w"}]', 'a.json').catch((error) => {
    // The whole file may be refused, so long as the message names the place.
    assert.deepEqual([error.code, error.place], ['ERR_UNREADABLE_FILE', 2])
    return { result: null }
  })
  if (result) {
    assert.deepEqual([result.rows, result.leftOut, result.complaints[0].place], [2, 1, 2])
    assert.equal(kinds(table.a), '2 string')
  }
})

test('a file that is cut off is refused, and nothing is taken for whole', async (t) => {
  for (const content of ['[{"a":1},', '[{"a":1}', '[{"a":1},{"a":', '[{"a":"x', '[']) {
    await assert.rejects(profiled(t, content, 'a.json'), { code: 'ERR_UNREADABLE_FILE' }, content)
  }
})

test('a line that is cut off costs itself alone, and is told', async (t) => {
  const { result } = await profiled(t, '{"a":1}\n{"a":\n', 'a.json')
  assert.deepEqual([result.rows, result.complaints.map(({ place }) => place)], [1, [2]])
})

test('elements that are no objects are left out, the others read', async (t) => {
  const { result, table } = await profiled(t, '[1, {"a":1}, "x", {"a":2}, [3], null]', 'a.json')
  assert.deepEqual([result.rows, result.leftOut, kinds(table.a)], [2, 4, '2 integral'])
})

test('numbers in all forms', async (t) => {
  const numbers = ['0', '-0', '1e2', '1.0', '0.1', '1E-400', '5e-324', '123456789012345678901234567890']
  for (const [content, name] of [
    [numbers.map((n) => `{"n":${n}}`).join('\n'), 'a.ndjson'],
    [`[${numbers.map((n) => `{"n":${n}}`).join(',')}]`, 'a.json'],
  ]) {
    const { table, result } = await profiled(t, content, name)
    const { n } = table
    assert.equal(result.rows + result.leftOut, numbers.length, name)
    assert.ok(n['types/integral'] >= 1 && n['types/fractional'] >= 6, `${name}: ${kinds(n)}`)
    assert.equal(n['distribution/max'], Number('123456789012345678901234567890'), name)
  }
  for (const bad of ['01', '+1', '.5', '1.', 'NaN', 'Infinity', '0x1', '1e']) {
    const { result } = await profiled(t, `{"n":1}\n{"n":${bad}}\n{"n":2}\n`, 'a.ndjson')
    assert.deepEqual([result.rows, result.complaints.map(({ place }) => place)], [2, [2]], bad)
  }
})

test('a key that a record lacks is not counted, one that it has twice counts once', async (t) => {
  for (const [content, name] of [
    ['{"a":1}\n{"b":2}\n{"a":null,"b":3}\n{"a":5,"a":6}\n', 'a.ndjson'],
    ['[{"a":1},{"b":2},{"a":null,"b":3},{"a":5,"a":6}]', 'a.json'],
  ]) {
    const { table } = await profiled(t, content, name)
    assert.deepEqual([table.a['counts/n'], table.a['counts/null'], table.b['counts/n']], [3, 1, 2], name)
  }
})
