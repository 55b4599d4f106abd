/** What a profile of rows has to say, counted plainly; every contender's answer is held against it. */

/** By column: n, nulls, min, max, mean of numbers, and the number of different values. */
export function truthOf(rows) {
  const truth = {}
  for (const name of Object.keys(rows[0])) {
    const values = rows.map((row) => row[name])
    const numbers = values.filter((value) => typeof value === 'number')
    truth[name] = {
      n: values.length,
      distinct: new Set(values).size,
      ...(numbers.length > 0 && {
        min: numbers.reduce((least, value) => Math.min(least, value)),
        max: numbers.reduce((most, value) => Math.max(most, value)),
        mean: numbers.reduce((sum, value) => sum + value / numbers.length, 0),
      }),
    }
  }
  return truth
}

/** Five standard errors of 4 096 registers. */
const DISTINCT_ERROR = 0.08

/** Throws where answers are not true. A contender leaves out what it does not tell. */
export function check(contender, answers, truth) {
  for (const [column, expected] of Object.entries(truth)) {
    for (const [figure, value] of Object.entries(answers[column] ?? { n: Number.NaN })) {
      const error = Math.abs(value - expected[figure]) / Math.max(1, Math.abs(expected[figure]))
      if (expected[figure] === undefined || error <= (figure === 'distinct' ? DISTINCT_ERROR : 1e-9)) continue
      throw new Error(`${contender}: ${column}: ${figure} is ${value}, in truth ${expected[figure]}`)
    }
  }
}

/** Answers of a profile. */
export function answersOf(view) {
  const answers = {}
  for (const row of view.toTable()) {
    answers[row.column] = {
      n: row['counts/n'],
      distinct: row['cardinality/est'],
      ...(row['distribution/n'] > 0 &&
        row['types/boolean'] === 0 && {
          min: row['distribution/min'],
          max: row['distribution/max'],
          mean: row['distribution/mean'],
        }),
    }
  }
  return answers
}
