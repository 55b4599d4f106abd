/** Where things are, and what they are called. Node's own modules only: this runs before anything is installed. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../', import.meta.url))

/** An absolute path inside the checkout. */
export const at = (...parts) => join(root, ...parts)

export const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'))

/** The operating system, processor and C library as the platform packages spell them. */
function platformName() {
  const { platform, arch } = process
  if (platform === 'win32') return `win32-${arch}-msvc`
  if (platform !== 'linux') return `${platform}-${arch}`
  const glibc = process.report.getReport().header.glibcVersionRuntime
  return `linux-${arch}-${glibc ? 'gnu' : 'musl'}`
}

export const { version } = readJson(at('package.json'))
export const platform = platformName()
export const platformPackage = `rolling-profiles-${platform}`
export const addonName = `rolling-profiles.${platform}.node`

/** Where an addon built here lies; the loader looks for it at the same place. */
export const addonPath = at('npm', platform, addonName)

/** The script behind a development tool's command, to be run with this Node. */
export function tool(packageName, command = packageName) {
  const { bin } = readJson(at('node_modules', packageName, 'package.json'))
  return at('node_modules', packageName, typeof bin === 'string' ? bin : bin[command])
}
