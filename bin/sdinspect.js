#!/usr/bin/env node
const { load, optimise } = require('./bundle.js')

load('cli.js').run(process, { optimise })
