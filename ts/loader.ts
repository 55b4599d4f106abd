/** Finds the addon: a path for development, the platform's package, or this checkout's own build. */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AddonNotFoundError } from './errors.js'

const SUPPORTED: readonly string[] = ['linux-x64-gnu']

/** Names of the platform, likeliest first. Which C library there is takes long to ask, so both are tried. */
function platformNames(): [string, ...string[]] {
  const name = `${process.platform}-${process.arch}`
  return process.platform === 'linux' ? [`${name}-gnu`, `${name}-musl`] : [name]
}

/** The platform's one name, for whom nothing could be loaded. */
function platformName(): string {
  const [name, other] = platformNames()
  if (other === undefined) return name
  const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: string } }
  return header?.glibcVersionRuntime ? name : other
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
  const causes: unknown[] = []
  for (const name of platformNames()) {
    const local = join(dirname(here), '..', 'npm', name, `rolling-profiles.${name}.node`)
    for (const candidate of [`rolling-profiles-${name}`, local]) {
      try {
        return require(candidate)
      } catch (cause) {
        causes.push(cause)
      }
    }
  }
  const platform = platformName()
  const packageName = `rolling-profiles-${platform}`
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
