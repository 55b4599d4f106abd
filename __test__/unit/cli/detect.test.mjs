import assert from 'node:assert/strict'
import { test } from 'node:test'
import { importTs } from '../../support/typescript.mjs'

const { datasetName, detectFormat, isBinary, isGzip } = await importTs('cli/detect.ts')

const detect = (name, text) => detectFormat(name, Buffer.from(text), text)

test('the name decides where it tells', () => {
  assert.equal(detect('a.csv', '{"a":1}'), 'csv')
  assert.equal(detect('a.CSV.gz', 'x'), 'csv')
  assert.equal(detect('a.tsv', 'x'), 'tsv')
  assert.equal(detect('a.jsonl', '[1]'), 'ndjson')
  assert.equal(detect('a.parquet', 'x'), 'parquet')
})

test('the content decides where the name does not', () => {
  assert.equal(detect('a.json', ' \n[{"a":1}]'), 'json')
  assert.equal(detect('a.json', '{"a":1}\n{"a":2}'), 'ndjson')
  assert.equal(detect('-', '[\n'), 'json')
  assert.equal(detect('-', '{"a":1}'), 'ndjson')
  assert.equal(detect('data.txt', 'a;b\n1;2'), 'csv')
  assert.equal(detect('csv', 'a,b'), 'csv')
})

test('Parquet is known by its first bytes, whatever the name', () => {
  assert.equal(detect('a.csv', 'PAR1\x15'), 'parquet')
})

test('binary data and gzip', () => {
  assert.equal(isBinary(Buffer.from([0x50, 0x4b, 3, 4, 0, 0])), true)
  assert.equal(isBinary(Buffer.from('a,b\n')), false)
  assert.equal(isBinary(Buffer.from('\ufeffa,b', 'utf16le')), false)
  assert.equal(isGzip(Buffer.from([0x1f, 0x8b, 8])), true)
  assert.equal(isGzip(Buffer.from([0x1f])), false)
})

test('names of datasets', () => {
  const names = {
    'in/orders.csv': 'orders',
    'orders.csv.gz': 'orders',
    'orders.2024-01.ndjson.GZ': 'orders.2024-01',
    orders: 'orders',
    '.hidden': '.hidden',
    '-': 'stdin',
  }
  for (const [path, name] of Object.entries(names)) assert.equal(datasetName(path), name)
})
