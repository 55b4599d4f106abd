/** Lets a test import modules of `ts/` as they are written: `await importTs('cli/table.ts')`. */
import { register } from 'node:module'
import { at } from '../../scripts/lib/project.mjs'

register('./typescript-hooks.mjs', import.meta.url)

/** @param {string} path a module, below `ts/`. */
export const importTs = (path) => import(at('ts', path))
