/** What a plain `npm pack` needs around it: `complete` names the platform packages in package.json, `restore` takes them out again. */
import { readFileSync, writeFileSync } from 'node:fs'
import { withoutPlatformPackages, withPlatformPackages } from './lib/manifest.mjs'
import { at } from './lib/project.mjs'

const change = { complete: withPlatformPackages, restore: withoutPlatformPackages }[process.argv[2]]
const path = at('package.json')
writeFileSync(path, change(readFileSync(path, 'utf8')))
