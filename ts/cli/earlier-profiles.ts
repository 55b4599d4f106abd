import { readdir } from 'node:fs/promises'
import { basename } from 'node:path'

/** What stands behind the dataset and the bucket in a profile's name: the run, the part, and the segment's values. */
const RUN_AND_PART = /-[0-9a-f]{8}-\d{4,}(?:_.*)?\.bin$/

/** How many profiles in `folder`, besides these `files` of this run, are of the same dataset and bucket as one of them. */
export async function earlierProfiles(folder: string, files: readonly string[]): Promise<number> {
  const own = new Set(files.map((file) => basename(file)))
  const kinds = new Set([...own].map(kindOf))
  const names = files.length === 0 ? [] : await readdir(folder)
  return names.filter((name) => RUN_AND_PART.test(name) && !own.has(name) && kinds.has(kindOf(name))).length
}

/** The dataset and the bucket, as they stand in the name. */
function kindOf(name: string): string {
  return name.replace(RUN_AND_PART, '')
}
