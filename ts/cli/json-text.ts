/** JSON for people and programs. Whole numbers that are bigints are texts, since most programs would round them. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? `${each}` : each), 2)
}
