/**
 * Block layout, version 2: the numbers of ARCHITECTURE.md's table, once.
 *
 * An arena holds `capacity` slots a column. Every column's data section is 8 bytes a slot, whatever its kind, so that a column may
 * change its kind from one block to the next without moving anything; f64, u32 and u8 use the section from its start.
 *
 * ```text
 * | header 56 | directory 24 × columns | keys f64 × capacity | data 8 × capacity × columns | validity 1 × capacity × columns |
 * ```
 */

/** Bytes 'R' 'P' 'B' and the version. */
export const MAGIC = 0x02425052
export const HEADER_BYTES = 56
export const DIRECTORY_ENTRY_BYTES = 24
/** A key in the key column: a double, exact to 2⁵³ and written by one store. */
export const KEY_BYTES = 8

export const FLAG_SINGLE_KEY = 1
export const FLAG_EXCEPTIONS = 2
export const FLAG_MESSAGES = 4

export const KIND_F64 = 0
export const KIND_BOOL = 1
export const KIND_TEXT = 2
/** Nothing but null or absent so far. */
export const KIND_NONE = 3

export const COLUMN_HAS_VALIDITY = 1
export const COLUMN_ASCII = 2

export const ABSENT = 0
export const PRESENT = 1
export const NULL = 2

export const TAG_NUMBER = 0
export const TAG_BOOL = 1
export const TAG_TEXT = 2
export const TAG_INTEGER = 3
export const TAG_OBJECT = 4
export const TAG_TENSOR = 5

export const MESSAGE_ENTRY_BYTES = 24
export const MESSAGE_CONTINUES = 1
export const EXCEPTION_ENTRY_BYTES = 16

/** A block whose text has reached this many UTF-16 units is full. */
export const BLOCK_TEXT_UNITS: number = 256 * 1024
/** An arena of many columns gets fewer slots, so that it stays below this. */
const ARENA_BYTES = 1024 * 1024
const MIN_ROWS = 8

/** Where the sections of an arena lie; bytes, all multiples of 8. */
export interface ArenaLayout {
  readonly columns: number
  readonly capacity: number
  readonly keys: number
  readonly data: number
  readonly validity: number
  readonly bytes: number
}

/** The next multiple of 8. */
export function align8(bytes: number): number {
  return (bytes + 7) & ~7
}

/** Lays an arena out for `columns` columns. */
export function arenaLayout(columns: number, rows: number): ArenaLayout {
  const affordable = Math.floor(ARENA_BYTES / (9 * Math.max(1, columns))) & ~7
  const capacity = Math.max(MIN_ROWS, Math.min(rows, affordable))
  const keys = HEADER_BYTES + DIRECTORY_ENTRY_BYTES * columns
  const data = keys + KEY_BYTES * capacity
  const validity = data + 8 * capacity * columns
  return { columns, capacity, keys, data, validity, bytes: validity + capacity * columns }
}
