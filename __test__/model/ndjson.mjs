/** Newline-delimited JSON of a program: good lines, and between them bad and blank ones, each told apart by its line. */

/** Deeper than `limits.maxDepth`, and longer than `limits.maxNameBytes`, as they are when they are missing. */
const TOO_DEEP = 33
const TOO_LONG = 1025

/** Lines that are left out: what each is, where `text` is that of a good line. Columns called `junk` are none. */
const BAD = {
  torn: (text) => text.slice(0, -1),
  doubled: (text) => `${text}${text}`,
  broken: () => '{"a":1,"junk"',
  trailing: (text) => `${text}}`,
  list: () => '[{"junk":1}]',
  number: () => '7',
  text: () => '"junk"',
  null: () => 'null',
  deep: () => `{"a":1,"junk":${'['.repeat(TOO_DEEP)}${']'.repeat(TOO_DEEP)}}`,
  name: () => `{"a":1,"${'n'.repeat(TOO_LONG)}":1}`,
  notUtf8: () => Buffer.from('{"a":1,"junk":"\xff"}', 'latin1'),
}
const BLANK = { empty: '', spaces: '  ', tab: '\t', return: '\r' }
/** Bad where lines have times of their own. */
const BAD_TIME = '{"at":"soon","junk":1}'

export const JUNK_KINDS = [...Object.keys(BAD), ...Object.keys(BLANK), 'badTime']

const ENDS = { lf: ['\n'], crlf: ['\r\n'], both: ['\n', '\r\n'] }
export const END_KINDS = Object.keys(ENDS)

/** The code that a line is left out with; `null`: it is blank. */
function codeOf(kind, isTimed) {
  if (kind in BLANK) return null
  return kind === 'badTime' && isTimed ? 'ERR_INVALID_TIMESTAMP' : 'ERR_INVALID_DATA'
}

function junkOf(kind, text, isTimed) {
  if (kind in BLANK) return BLANK[kind]
  if (kind !== 'badTime') return BAD[kind](text)
  return isTimed ? BAD_TIME : BAD.broken()
}

/** What each line is, in order: the number of a good one, or the kind of what is none. */
function planOf({ junk = [] }, count) {
  const plan = Array.from({ length: count }, (_, row) => row)
  for (const { at, kind } of junk) plan.splice(at % (plan.length + 1), 0, kind)
  return plan
}

/**
 * The bad lines of a command with `count` lines that can be read: number, from 1, and code of each; `codeOfGood`: that of
 * the ones that are not taken though they can be read.
 */
export function badLinesOf(command, count, codeOfGood = () => null) {
  const isTimed = command.form === 'timedNdjson'
  return planOf(command, count).flatMap((what, at) => {
    const code = typeof what === 'number' ? codeOfGood(what) : codeOf(what, isTimed)
    return code === null ? [] : [{ line: at + 1, code }]
  })
}

/** The bytes of a command whose good lines have these texts. */
export function linesOf(command, texts) {
  const isTimed = command.form === 'timedNdjson'
  const ends = ENDS[command.ends ?? 'lf']
  const lines = planOf(command, texts.length).flatMap((what, at) => [
    Buffer.from(typeof what === 'number' ? texts[what] : junkOf(what, texts[at % texts.length], isTimed)),
    Buffer.from(ends[at % ends.length]),
  ])
  // The last line may have no end.
  if (!command.isEnded) lines.pop()
  return Buffer.concat([Buffer.from(command.mark ? '\ufeff' : ''), ...lines])
}
