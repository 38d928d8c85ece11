#!/usr/bin/env node
import * as nodeModule from 'node:module'

// Node 22 and later keep compiled code between runs.
nodeModule.enableCompileCache?.()
const { run } = await import('../dist/cli.js')
await run(process)
