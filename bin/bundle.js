const fs = require('node:fs')
const path = require('node:path')
const vm = require('node:vm')

const file = path.join(__dirname, '../dist/cli.js')

// V8 begins to optimise what has run a few times, in a thread of its own, and a run that reads a header has ended before it
// profits: half of its processor time went there. Listings of a hundred thousand tensors take as long as before. Part of
// what compiled code is checked for, so this comes first, in the build too.
const later = '--invocation-count-for-turbofan=15000'
const patience = { 20: '--interrupt-budget=400000', 22: later, 24: later }
const flag = patience[Number.parseInt(process.versions.node, 10)]
if (flag !== undefined) require('node:v8').setFlagsFromString(flag)

/** The bundle as a function of what a CommonJS module is given. `cachedData` is what V8 made of the same text before. */
function compile(source, cachedData) {
  // What stands before the text is a line of its own, so that the lines of a stack trace are those of the file.
  return new vm.Script(`(function (exports, require, module, __dirname) {\n${source}\n})`, {
    filename: file,
    lineOffset: -1,
    cachedData,
  })
}

/** The exports of the bundle. */
function run(script) {
  const module = { exports: {} }
  script.runInThisContext()(module.exports, require, module, path.dirname(file))
  return module.exports
}

/** The text of the bundle, which the build keeps to ASCII: no decoding. */
function read() {
  return fs.readFileSync(file, 'latin1')
}

/**
 * The file of compiled code for this text and this V8. V8 itself compares only the length of the text, so the name holds
 * the digest that is the text's first line.
 */
function cacheFile(source) {
  const digest = source.slice('// '.length, source.indexOf('\n'))
  return path.join(__dirname, `../dist/cli-${digest}-${process.versions.v8}-${process.arch}.cache`)
}

/** The bundle, from compiled code if the build has left some that this Node can use. Writes nothing. */
function load() {
  const source = read()
  let cachedData
  try {
    cachedData = fs.readFileSync(cacheFile(source))
  } catch {
    // Compiled by another Node. 22 and later keep compiled code between runs by themselves.
    require('node:module').enableCompileCache?.()
    return require(file)
  }
  return run(compile(source, cachedData))
}

module.exports = { cacheFile, compile, load, read, run }
