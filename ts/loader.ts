/** Finds the addon: a path for development, the platform's package, or this checkout's own build. */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AddonNotFoundError } from './errors.js'

const SUPPORTED: readonly string[] = ['linux-x64-gnu']

/** `linux-x64-gnu` and the like. */
function platformName(): string {
  const name = `${process.platform}-${process.arch}`
  if (process.platform !== 'linux') return name
  const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: string } }
  return `${name}-${header?.glibcVersionRuntime ? 'gnu' : 'musl'}`
}

/**
 * Loads the addon. Starts nothing.
 *
 * @throws AddonNotFoundError that names the package to install.
 */
export function load(): unknown {
  const here = fileURLToPath(import.meta.url)
  const require = createRequire(here)
  const chosen = process.env.ROLLING_PROFILES_ADDON
  if (chosen) return tryLoad(require, chosen)
  const platform = platformName()
  const packageName = `rolling-profiles-${platform}`
  const local = join(dirname(here), '..', 'npm', platform, `rolling-profiles.${platform}.node`)
  const causes: unknown[] = []
  for (const candidate of [packageName, local]) {
    try {
      return require(candidate)
    } catch (cause) {
      causes.push(cause)
    }
  }
  const cause = new AggregateError(causes, 'Neither the package nor a local build could be loaded.')
  if (!SUPPORTED.includes(platform)) {
    const message = `There is no prebuilt addon for ${platform}; there is one for ${SUPPORTED.join(', ')}.`
    throw new AddonNotFoundError(message, { cause })
  }
  const { version } = require(join(dirname(here), '..', 'package.json')) as { version: string }
  const message = `The package ${packageName} is missing. Install it with: npm install ${packageName}@${version} (in a clone of the project: npm run setup)`
  throw new AddonNotFoundError(message, { cause })
}

function tryLoad(require: NodeJS.Require, path: string): unknown {
  try {
    return require(path)
  } catch (cause) {
    throw new AddonNotFoundError(`ROLLING_PROFILES_ADDON names ${path}, which cannot be loaded.`, { cause })
  }
}
