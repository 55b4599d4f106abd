/** What was thrown, in words. Code of the user's may throw anything at all, so nothing here can throw. */

/** The most of it that is kept. */
const MOST_CHARACTERS = 2000
const UNSPEAKABLE = 'what was thrown cannot be shown as text'

/** What was thrown as one text, never empty: an error's message where it has one. */
export function textOf(thrown: unknown): string {
  try {
    const text = messageOf(thrown) ?? String(thrown)
    return (text === '' ? 'what was thrown says nothing' : text).slice(0, MOST_CHARACTERS)
  } catch {
    return UNSPEAKABLE
  }
}

/** For `process.emitWarning`: the error itself where Node can print it, otherwise its text. */
export function warningOf(thrown: unknown): Error | string {
  try {
    if (thrown instanceof Error && [thrown.name, thrown.message, thrown.stack].every(isText)) return thrown
  } catch {
    // A getter of its own threw.
  }
  return textOf(thrown)
}

/** Any value as a text. */
export function plainText(value: unknown): string {
  return isText(value) ? value : textOf(value)
}

/** A sentence with any values in it, as texts. */
export function words(sentence: TemplateStringsArray, ...values: readonly unknown[]): string {
  return sentence.reduce((text, part, index) => `${text}${plainText(values[index - 1])}${part}`)
}

/** A field of what may be anything; `undefined` where it cannot be read. */
export function partOf<T extends object, K extends keyof T>(given: T | undefined, name: K): T[K] | undefined {
  try {
    return given?.[name]
  } catch {
    return undefined
  }
}

function messageOf(thrown: unknown): string | null {
  if (typeof thrown !== 'object' || thrown === null) return null
  const { message } = thrown as { message?: unknown }
  return isText(message) && message !== '' ? message : null
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}
