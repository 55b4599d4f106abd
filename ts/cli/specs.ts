import { type CommandSpec, type OptionSpec, optionLines } from './arguments.js'
import { SHELLS } from './completion/shells.js'
import { FORMATS } from './formats.js'
import { OUTPUTS } from './output-options.js'
import { AGGREGATIONS } from './profiler.js'

const EXIT_CODES = `Exit codes: 0 done · 2 something to put right (a missing file, an unknown column or option, a
folder that cannot be written, nothing readable), said in one line on standard error · 1 a fault of
this program.`

const OUTPUT_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  output: { value: 'FORM', choices: OUTPUTS, help: `what is printed: ${OUTPUTS.join(', ')} (table)` },
  json: { help: 'the same as --output json' },
  wide: { help: 'print the whole table, however narrow the terminal is' },
}

export const PROFILE: CommandSpec = {
  name: 'profile',
  operands: '[FILE…]',
  short: 'profile the records of files',
  summary: `Profiles the records of files and writes the profiles, one per dataset and time bucket, as files that
whylogs reads. FILE is CSV, TSV, NDJSON, a JSON array or Parquet, plain or gzip; - is standard input.`,
  options: {
    'dataset-id': { value: 'ID', help: 'dataset that the records belong to (the file name without endings)' },
    'timestamp-column': { value: 'NAME', help: 'column with the time of each record (none: all count as of now)' },
    'timestamp-format': { value: 'FORMAT', help: 'how that column is written, when it is none of the forms below' },
    'aggregate-by': {
      value: 'UNIT',
      choices: AGGREGATIONS,
      help: `width of a time bucket: ${AGGREGATIONS.join(', ')} (day)`,
    },
    columns: {
      value: 'NAMES',
      many: true,
      help: 'read these columns alone, as a,b,"c, d"; may be given several times (all)',
    },
    out: { value: 'FOLDER', short: 'o', names: 'folder', help: 'where the profiles are written (./profiles)' },
    'no-write': { help: 'write no profiles, print the summary alone' },
    format: { value: 'FORMAT', choices: FORMATS, help: `${FORMATS.join(', ')} (found out from content and name)` },
    delimiter: { value: 'CHARACTER', help: 'what separates CSV fields; "tab" for a tab (found out from the header)' },
    encoding: { value: 'LABEL', help: 'encoding of text, such as latin1 (UTF-8, or as a byte order mark says)' },
    workers: { value: 'COUNT', help: 'profiling threads (one a core, at most 8)' },
    ...OUTPUT_OPTIONS,
    quiet: { short: 'q', help: 'print no summary and no progress; problems are still told' },
    'no-progress': { help: 'show no progress bar' },
  },
  notes: `
Timestamps:
  2024-03-01 · 2024-03-01T14:05:00Z · 2024-03-01T14:05:00.250+02:00 · 2024/03/01 14:05 · 1709301900
  Numbers count since 1970: seconds below 10^11, milliseconds below 10^14, then micro- and nanoseconds.
  Without a zone the time is UTC. A record without a time counts as of now.

  --timestamp-format takes epoch-seconds, epoch-milliseconds, or a pattern of these:
    yyyy yy  year               HH H  hour 0-23          EEE EEEE  name of the day (not looked at)
    MM M     month              hh h  hour 1-12, with a  XXX       Z, +02, +0200 or +02:00
    MMM      month as in Jan    mm m  minute             a         AM or PM
    MMMM     month as in March  ss s  second             SSS       fraction of a second
    dd d     day                'at'  quoted letters, and all that are no letters, stand for themselves

Examples:
  rolling-profiles profile orders.csv --timestamp-column created_at
  rolling-profiles profile log-*.ndjson.gz --dataset-id requests --timestamp-column time --aggregate-by hour
  rolling-profiles profile sales.tsv --timestamp-column day --timestamp-format "dd.MM.yyyy" --out ./out
  zcat events.ndjson.gz | rolling-profiles profile - --dataset-id events --json
  rolling-profiles profile people.csv --columns name,age --no-write --output markdown

A line that cannot be read is reported with its number, counted and left out; all others count.

${EXIT_CODES}`,
}

export const INSPECT: CommandSpec = {
  name: 'inspect',
  operands: 'FILE…',
  short: 'print what profiles hold',
  summary: 'Prints what profiles hold: their times, tags and metadata, and a line for each column.',
  options: OUTPUT_OPTIONS,
  notes: `
Counts of values and nulls, min and max are exact; ≈ is before estimates. A top value is shown where
it is known that no other came up more often; ≤ is before a count that is an upper bound.

Examples:
  rolling-profiles inspect profiles/*.bin
  rolling-profiles inspect merged.bin --json

${EXIT_CODES}`,
}

export const MERGE: CommandSpec = {
  name: 'merge',
  operands: 'FILE|FOLDER… --out FILE',
  short: 'fold profiles into one',
  summary: `Folds profiles into one. A folder stands for all *.bin files in and below it. The result has the earliest
of the dataset times. A part that is given twice is counted once. Profiles of different datasets or
organisations, of two readings of the same file, and with metrics that cannot be merged are refused.`,
  options: {
    out: { value: 'FILE', short: 'o', names: 'file', help: 'where the merged profile is written' },
    force: { short: 'f', help: 'replace that file if it exists, and merge what is otherwise refused' },
  },
  notes: `
Examples:
  rolling-profiles merge profiles --out all.bin
  rolling-profiles merge monday.bin tuesday.bin --out week.bin --force

${EXIT_CODES}`,
}

export const COMPLETION: CommandSpec = {
  name: 'completion',
  operands: SHELLS.join('|'),
  choices: SHELLS,
  short: 'print a script that completes the words of a command line',
  summary: 'Prints a script with which a shell completes commands, options and their values.',
  options: {},
  notes: `
To have it in every shell:
  bash  eval "$(rolling-profiles completion bash)"   in ~/.bashrc
  zsh   eval "$(rolling-profiles completion zsh)"    in ~/.zshrc, below compinit
  fish  rolling-profiles completion fish | source    in ~/.config/fish/config.fish

${EXIT_CODES}`,
}

export const COMMANDS: readonly CommandSpec[] = [PROFILE, INSPECT, MERGE, COMPLETION]

/** What may stand in the place of a command. */
export const MAIN_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  help: { short: 'h', help: 'show this help, or that of a command' },
  version: { short: 'V', help: 'show the version' },
}

export function mainHelp(): string {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length))
  const lines = COMMANDS.map(({ name, short }) => `  ${name.padEnd(width)}  ${short}`)
  return `Usage: rolling-profiles COMMAND …

Statistical profiles of data, in files that whylogs reads.

Commands:
${lines.join('\n')}

Options:
${optionLines(Object.entries(MAIN_OPTIONS)).join('\n')}

Try:
  rolling-profiles profile data.csv --timestamp-column time
  rolling-profiles profile --help

${EXIT_CODES}
`
}
