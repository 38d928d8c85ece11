#!/usr/bin/env node
const nodeModule = require('node:module')

// Node 22 and later keep compiled code between runs.
nodeModule.enableCompileCache?.()
require('../dist/cli.js').run(process)
