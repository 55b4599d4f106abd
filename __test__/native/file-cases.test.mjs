/** Inputs that went wrong once, in this reader or in others, and their kin: what each must give. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { distinct, items, kinds, kindsOf, profiled } from '../support/file-tables.mjs'
import { memoryLogger } from '../support/logger.mjs'

const unreadable = (reason, place = null) => ({ code: 'ERR_UNREADABLE_FILE', reason, place })

const IDS = Array.from({ length: 50 }, (_, at) => 1_800_000_000_000_000_000n + BigInt(at))
const records = (ids) => ids.map((id) => `{"id":${id}}`)

test('ids of 64 bits stay apart in every text format', async (t) => {
  const contents = {
    'ids.csv': `id\n${IDS.join('\n')}\n`,
    'ids.tsv': `id\tx\n${IDS.map((id) => `${id}\t1`).join('\n')}\n`,
    'ids.ndjson': records(IDS).join('\n'),
    'ids.json': `[${records(IDS).join(',\n')}]`,
  }
  for (const [name, content] of Object.entries(contents)) {
    const { view, table } = await profiled(t, content, name)
    assert.deepEqual([distinct(table.id), kinds(table.id)], [50, '50 integral'], name)
    assert.deepEqual(view.column('id').ints(), { min: IDS[0], max: IDS[49] }, name)
  }
  const { logger } = memoryLogger(t)
  await logger.logNdjson(Buffer.from(records(IDS).join('\n')), { datasetId: 'd', sync: true })
  assert.equal(Math.round((await logger.getProfileViews())[0].column('id').cardinality().estimate), 50)
})

test('the edges of 64 bits, and what lies beyond them', async (t) => {
  const inside = ['9223372036854775807', '-9223372036854775808', '9007199254740993']
  const beyond = ['9223372036854775808', '-9223372036854775809', '18446744073709551615']
  const csv = await profiled(t, `a,b\n${inside.map((value, at) => `${value},${beyond[at]}`).join('\n')}\n`)
  assert.deepEqual(kindsOf(csv.table), { a: '3 integral', b: '3 string' })
  assert.deepEqual(items(csv.table.b), Object.fromEntries(beyond.map((value) => [value, 1])))
  const json = `[${inside.map((value, at) => `{"a":${value},"b":${beyond[at]}}`).join(',')}]`
  for (const [content, name] of [
    [json, 'a.json'],
    [json.slice(1, -1).replaceAll('},{', '}\n{'), 'a.ndjson'],
  ]) {
    const { table, view } = await profiled(t, content, name)
    assert.deepEqual(kindsOf(table), { a: '3 integral', b: '3 fractional' }, name)
    assert.deepEqual(view.column('a').ints(), { min: -(2n ** 63n), max: 2n ** 63n - 1n }, name)
    assert.deepEqual([table.b['distribution/min'], table.b['distribution/max']], [-(2 ** 63), 2 ** 64], name)
  }
})

test('every line end ends a line, one of the last line or not', async (t) => {
  for (const end of ['\n', '\r\n', '\r']) {
    for (const last of ['', end, end + end]) {
      const name = JSON.stringify([end, last])
      const content = ['city,n', 'Oslo,1', '"Rome, old",2', '"say ""no""",3', '', ',4'].join(end) + last
      const { result, table } = await profiled(t, content)
      assert.deepEqual([result.rows, result.leftOut], [4, 0], name)
      assert.deepEqual(kindsOf(table), { city: '3 string, 1 null', n: '4 integral' }, name)
      assert.deepEqual(items(table.city), { Oslo: 1, 'Rome, old': 1, 'say "no"': 1 }, name)
      if (end === '\r') continue
      const rows = ['{"n":1}', '', '{"n":2}', '{"n":null}'].join(end) + last
      const lines = await profiled(t, rows, 'a.ndjson')
      assert.deepEqual([lines.result.rows, kindsOf(lines.table)], [3, { n: '2 integral, 1 null' }], name)
    }
  }
})

test('a line end within quotes is part of the text, and places count it', async (t) => {
  for (const end of ['\n', '\r\n', '\r']) {
    const { result, table } = await profiled(t, ['a,b', '"x', 'y",1', '1', 'z,2', ''].join(end))
    assert.deepEqual(items(table.a), { [`x${end}y`]: 1, z: 1 }, JSON.stringify(end))
    assert.deepEqual(
      result.complaints.map(({ place, reason }) => [place, reason]),
      [[4, '2 fields expected, 1 found']],
      JSON.stringify(end),
    )
  }
})

test('quotes that are none', async (t) => {
  const { result, table } = await profiled(t, 'a,b\n5" disk,1\nx"y",2\n"",3\n"""",4\n"cut"off,5\n')
  assert.deepEqual(items(table.a), { '5" disk': 1, 'x"y"': 1, '"': 1 })
  assert.deepEqual([kinds(table.a), kinds(table.b)], ['3 string, 1 null', '4 integral'])
  assert.deepEqual(
    result.complaints.map(({ place, reason }) => [place, reason]),
    [[6, 'text follows a closing quote']],
  )
})

test('delimiters: found, named by the first line, asked for', async (t) => {
  const rows = (delimiter) => `a${delimiter}b\n1${delimiter}"x${delimiter}y"\n2${delimiter}z\n`
  for (const delimiter of [',', ';', '|', '\t']) {
    const { table } = await profiled(t, rows(delimiter))
    assert.deepEqual(items(table.b), { [`x${delimiter}y`]: 1, z: 1 }, JSON.stringify(delimiter))
  }
  for (const [first, delimiter] of [
    ['sep=;\n', ';'],
    ['SEP=,\r\n', ','],
    ['\ufeffsep=:\n', ':'],
    ['"sep=|"\n', '|'],
    ['sep=\t\n', '\t'],
  ]) {
    const { result, table } = await profiled(t, first + rows(delimiter))
    assert.deepEqual([result.columns, result.rows, kinds(table.a)], [['a', 'b'], 2, '2 integral'], first)
  }
  const asked = await profiled(t, rows('~'), 'a.txt', { delimiter: '~' })
  assert.deepEqual(kindsOf(asked.table), { a: '2 integral', b: '2 string' })
  const early = await profiled(t, 'sep=;\na;b\n1;2\n1;2;3\n')
  assert.deepEqual([early.result.rows, early.result.complaints[0].place], [1, 4], 'its line is counted')
})

test('names of columns: repeated, empty, and those of prototypes', async (t) => {
  const header = 'v,v,,__proto__,constructor,toString,v_2'
  const { result, table } = await profiled(t, `${header}\n1,2,3,4,5,6,7\n`)
  const names = ['v', 'v_2', 'column_3', '__proto__', 'constructor', 'toString', 'v_2_2']
  assert.deepEqual(result.columns, names)
  assert.deepEqual(
    names.map((name) => table[name]['distribution/max']),
    [1, 2, 3, 4, 5, 6, 7],
  )
  const hostile = ['__proto__', 'constructor', 'toString', '', 'a.b', 'ünï', '💥', 'a"b']
  const line = `{${hostile.map((name, at) => `${JSON.stringify(name)}:${at}`).join(',')}}`
  for (const [content, name] of [
    [line, 'a.ndjson'],
    [`[${line}]`, 'a.json'],
  ]) {
    const json = await profiled(t, content, name)
    assert.deepEqual(json.result.columns, hostile, name)
    assert.deepEqual(
      hostile.map((each) => json.table[each]['distribution/max']),
      hostile.map((_, at) => at),
      name,
    )
  }
})

test('texts that are cut are counted, in every format', async (t) => {
  const long = (end) => 'x'.repeat(70_000) + end
  const values = [long('a'), long('b'), 'short']
  const contents = {
    'a.csv': `s,n\n${values.map((text) => `${text},1`).join('\n')}\n`,
    'a.ndjson': values.map((s) => JSON.stringify({ s })).join('\n'),
    'a.json': JSON.stringify(values.map((s) => ({ s }))),
  }
  for (const [name, content] of Object.entries(contents)) {
    const { result, table } = await profiled(t, content, name)
    assert.deepEqual([result.rows, result.cutTexts, distinct(table.s)], [3, 2, 2], name)
  }
  const whole = await profiled(t, contents['a.csv'], 'a.csv', { limits: { maxValueBytes: 100_000 } })
  assert.deepEqual([whole.result.cutTexts, distinct(whole.table.s)], [0, 3])
})

test('bytes that are no UTF-8 are told, and read where it is said what they are', async (t) => {
  const latin1 = Buffer.from('name,n\nJosé,1\nMüller,2\nÅse,3\n', 'latin1')
  await assert.rejects(profiled(t, latin1), unreadable('it is not UTF-8; the option encoding says what it is'))
  const { table } = await profiled(t, latin1, 'a.csv', { encoding: 'latin1' })
  assert.deepEqual(items(table.name), { José: 1, Müller: 1, Åse: 1 })
  const euro = await profiled(t, Buffer.from([0x61, 0x0a, 0x80, 0x31, 0x0a]), 'a.csv', { encoding: 'windows-1252' })
  assert.deepEqual(items(euro.table.a), { '€1': 1 })
  // One bad record among good ones costs itself alone.
  const good = 'x,1\n'.repeat(3)
  const mixed = Buffer.concat([Buffer.from(`name,n\n${good}`), Buffer.from('Åse,4\n', 'latin1'), Buffer.from(good)])
  const { result } = await profiled(t, mixed)
  assert.deepEqual(
    [result.rows, result.complaints.map(({ place, reason }) => [place, reason])],
    [6, [[5, 'it is no UTF-8']]],
  )
  const lines = Buffer.concat([
    Buffer.from('{"a":1}\n{"a":"'),
    Buffer.from([0xfc]),
    Buffer.from('"}\n{"a":2}\n{"a":3}\n'),
  ])
  const ndjson = await profiled(t, lines, 'a.ndjson')
  assert.deepEqual([ndjson.result.rows, ndjson.result.leftOut, ndjson.result.complaints[0].place], [3, 1, 2])
})

/** A text in an encoding with its mark. */
const MARKED = {
  'utf-8': (text) => Buffer.from(`\ufeff${text}`),
  'utf-16le': (text) => Buffer.from(`\ufeff${text}`, 'utf16le'),
  'utf-16be': (text) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16(),
  'utf-32le': (text) => Buffer.from(Uint32Array.from([...`\ufeff${text}`], (each) => each.codePointAt(0)).buffer),
}

test('a byte order mark says what follows, and is no part of the first name', async (t) => {
  for (const [encoding, marked] of Object.entries(MARKED)) {
    for (const [name, content] of [
      ['a.csv', 'é,b\n😀,1\n"é,",2\n'],
      ['a.tsv', 'é\tb\n😀\t1\né,\t2\n'],
      ['a.ndjson', '{"é":"😀","b":1}\n{"é":"é,","b":2}\n'],
      ['a.json', '[{"é":"😀","b":1},{"é":"é,","b":2}]'],
      ['unnamed', '[{"é":"😀","b":1},{"é":"é,","b":2}]'],
    ]) {
      const { result, table } = await profiled(t, marked(content), name)
      assert.deepEqual([result.columns, result.rows], [['é', 'b'], 2], `${encoding} ${name}`)
      assert.deepEqual(items(table.é), { '😀': 1, 'é,': 1 }, `${encoding} ${name}`)
    }
  }
  const unmarked = Buffer.from('a,b\n1,2\n', 'utf16le')
  await assert.rejects(profiled(t, unmarked), {
    code: 'ERR_UNREADABLE_FILE',
    reason: /the option encoding, utf-16le, reads it/,
  })
  assert.equal((await profiled(t, unmarked, 'a.csv', { encoding: 'utf-16le' })).result.rows, 1)
})

test('a mark before JSON lines is passed over by the logger as well', async (t) => {
  const bytes = Buffer.from('\ufeff{"a":1}\n{"a":2}\n')
  const { logger } = memoryLogger(t)
  await logger.logNdjson(bytes, { datasetId: 'd', sync: true })
  const [view] = await logger.getProfileViews()
  assert.equal(view.column('a').count, 2)
  assert.equal((await profiled(t, bytes, 'a.ndjson')).result.leftOut, 0)
})

test('files with next to nothing in them', async (t) => {
  for (const name of ['a.csv', 'a.tsv', 'a.ndjson', 'a.json', 'a.parquet', 'a.arrow', 'a']) {
    await assert.rejects(profiled(t, '', name), unreadable('the input is empty'), name)
  }
  for (const content of ['a,b', 'a,b\n', 'a,b\r\n\r\n', '\ufeffa,b\n', '\n\na,b\n', 'sep=,\na,b\n']) {
    const { result } = await profiled(t, content)
    assert.deepEqual([result.rows, result.columns, result.views.length], [0, ['a', 'b'], 0], JSON.stringify(content))
  }
  for (const content of ['\n', '\r\n\n', '\ufeff', '  \n', 'sep=;\n']) {
    const outcome = await profiled(t, content).then(
      ({ result }) => result.rows,
      (error) => error.code,
    )
    assert.ok(outcome === 0 || outcome === 'ERR_UNREADABLE_FILE', `${JSON.stringify(content)}: ${outcome}`)
  }
  for (const [content, name] of [
    ['[]', 'a.json'],
    [' [ ] \n', 'a.json'],
    ['\n\n', 'a.ndjson'],
  ]) {
    const { result } = await profiled(t, content, name)
    assert.deepEqual([result.rows, result.leftOut], [0, 0], JSON.stringify(content))
  }
})

test('a NUL is a character, wherever it stands', async (t) => {
  const late = `a,b\n${'1,x\n'.repeat(50_000)}2,y\0z\n`
  for (const [content, rows] of [
    ['a,b\n2,y\0z\n1,x\n', 2],
    [late, 50_001],
  ]) {
    const { result, table } = await profiled(t, content)
    assert.deepEqual([result.rows, result.leftOut, kinds(table.a)], [rows, 0, `${rows} integral`])
    assert.equal(distinct(table.b), 2)
  }
})

test('a title above a table is told, with every delimiter', async (t) => {
  for (const delimiter of [',', ';', '\t', '|']) {
    const table = [
      ['id', 'name', 'price'],
      [1, 'x', 2.5],
      [2, 'y', 3.5],
    ]
      .map((row) => row.join(delimiter))
      .join('\n')
    await assert.rejects(profiled(t, `Export of 6 January\n${table}\n`), {
      code: 'ERR_UNREADABLE_FILE',
      reason: /^nothing could be read; 3 lines left out, line 2: 1 fields expected, 3 found$/,
    })
  }
})

test('times that have a fraction, and those that have none, with the name of their zone', async (t) => {
  const content = 't,v\n2024-03-01 10:00:00.25 UTC,1\n2024-03-01 10:00:00 UTC,2\n2024-03-02 00:00:00 GMT,3\n'
  const { result } = await profiled(t, content, 'a.csv', { timestampColumn: 't' })
  assert.deepEqual(
    [result.rows, result.leftOut, result.views.map((view) => view.datasetTimestamp.toISOString().slice(0, 10))],
    [3, 0, ['2024-03-01', '2024-03-02']],
  )
})
