#!/usr/bin/env node
import { INTERRUPTED } from './io.js'
import { run } from './run.js'

process.exitCode = await run(process.argv.slice(2))
// Somebody may still hold standard input open.
if (process.exitCode === INTERRUPTED) process.exit()
