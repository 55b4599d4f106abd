/** What is done at a normal end of the process, by one listener for all loggers. */

const steps = new Set<() => void>()

/** Runs behind the listeners of others, which may log; what that begins is waited for, and then Node asks again. */
function runAll(): void {
  process.nextTick(() => {
    for (const step of [...steps]) step()
  })
}

export function addExitStep(step: () => void): void {
  if (steps.size === 0) process.on('beforeExit', runAll)
  steps.add(step)
}

export function removeExitStep(step: () => void): void {
  if (steps.delete(step) && steps.size === 0) process.removeListener('beforeExit', runAll)
}
