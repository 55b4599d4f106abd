/** Messages that are not good: what becomes of each, by which code. */

const bytes = (text) => Buffer.from(text)
const request = ({ datasetId, orgId }, multiple) =>
  bytes(JSON.stringify({ datasetId, orgId: orgId ?? null, timestamp: 0, multiple }))

/** `refused`: at the call; else accepted, and rejected by a worker, with so many `rows`. */
const BAD = {
  symbol: {
    refused: true,
    code: 'ERR_INVALID_DATA',
    hand: (logger, place) => logger.log({ a: 1, b: Symbol('s') }, place),
  },
  throwing: {
    refused: true,
    code: 'ERR_INVALID_DATA',
    hand: (logger, place) =>
      logger.log(
        rowThat(() => {
          throw new Error('no value')
        }),
        place,
      ),
  },
  reentrant: {
    refused: true,
    // Without an error, the row around the call is good.
    mustThrow: true,
    code: 'ERR_REENTRANT',
    // Its own message and the one within.
    offers: 2,
    hand: (logger, place) =>
      logger.log(
        rowThat(() => logger.log({ a: 1 }, place)),
        place,
      ),
  },
  number: { refused: true, code: 'ERR_UNSUPPORTED_DATA', hand: (logger, place) => logger.log(5, place) },
  noDataset: { refused: true, code: 'ERR_MISSING_DATASET_ID', hand: (logger) => logger.log({ a: 1 }, {}) },
  badTime: {
    refused: true,
    code: 'ERR_INVALID_TIMESTAMP',
    hand: (logger, place) => logger.log({ a: 1 }, { ...place, timestampMs: Number.NaN }),
  },
  shortWire: {
    refused: true,
    code: 'ERR_INVALID_DATA',
    hand: (logger, place) => logger.log({ columns: ['a', 'b'], data: [[1, 2], [3]] }, place),
  },
  ragged: {
    refused: true,
    code: 'ERR_INVALID_DATA',
    hand: (logger, place) => logger.logEmbeddings({ a: [[1], [1, 2]] }, place),
  },
  garbage: { code: 'ERR_INVALID_DATA', hand: (logger, place) => logger.logRaw(bytes('no JSON'), place) },
  shortRaw: {
    code: 'ERR_INVALID_DATA',
    hand: (logger, place) => logger.logRaw(request(place, { columns: ['a', 'b'], data: [[1, 2], [3]] })),
  },
  lines: {
    code: 'ERR_INVALID_DATA',
    rows: 2,
    hand: (logger, place) => logger.logNdjson(bytes('no JSON\r\n\n{"a":1'), place),
  },
  arrow: {
    code: 'ERR_INVALID_DATA',
    hand: (logger, place, lib) => logger.log(lib.arrow(bytes('no Arrow')), place),
  },
}
export const BAD_KINDS = Object.keys(BAD)

export const badOf = (kind) => BAD[kind]

/** A row whose middle column runs `read`. */
function rowThat(read) {
  return Object.defineProperties(
    { a: 1 },
    {
      b: { enumerable: true, get: read },
      c: { enumerable: true, value: 3 },
    },
  )
}
