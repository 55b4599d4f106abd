import { UserError } from './errors.js'

/** One name, in double quotes where it holds a comma, and what ends it. */
const NAME = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y

/** The values of `--columns` as names, each once; `null`: it is not given. */
export function columnNames(values: readonly string[]): string[] | null {
  if (values.length === 0) return null
  return [...new Set(values.flatMap(namesIn))]
}

function namesIn(value: string): string[] {
  const names: string[] = []
  for (let at = 0, more = true; more; ) {
    NAME.lastIndex = at
    const [whole, quoted, plain, end] = NAME.exec(value) ?? []
    const name = quoted?.replaceAll('""', '"') ?? plain
    if (whole === undefined || !name) {
      throw new UserError(`--columns ${value}: it takes names with commas between them, as a,b,"c, d"`)
    }
    names.push(name)
    at += whole.length
    more = end === ','
  }
  return names
}
