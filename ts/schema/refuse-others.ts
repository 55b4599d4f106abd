import { InvalidOptionError } from '../errors.js'

/** @throws InvalidOptionError naming the first key that is none of `names`. */
export function refuseOthers(given: object, names: ReadonlySet<string>, where: string): void {
  if (typeof given !== 'object' || given === null) throw new InvalidOptionError(where, 'it must be an object')
  for (const name of Object.keys(given)) {
    if (!names.has(name)) throw new InvalidOptionError(`${where}.${name}`, 'there is no such option in this version')
  }
}
