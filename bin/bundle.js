const fs = require('node:fs')
const path = require('node:path')
const vm = require('node:vm')

const dist = path.join(__dirname, '../dist')

// V8 begins to optimise what has run a few times, in a thread of its own, and a run that reads a header has ended before it
// profits: half of its processor time went there. So it is told to wait, until there is much to read. Part of what compiled
// code is checked for, so this comes first, in the build too.
const flags = {
  20: ['--interrupt-budget=1000000', '--interrupt-budget=300000'],
  22: ['--invocation-count-for-turbofan=15000'],
  // Its quick optimiser begins after a few hundred runs, and took a sixth of the time of a start.
  24: ['--invocation-count-for-turbofan=15000 --invocation-count-for-maglev=3000'],
}
const [patient, sooner] = flags[Number.parseInt(process.versions.node, 10)] ?? []
if (patient !== undefined) require('node:v8').setFlagsFromString(patient)

/** Has V8 optimise sooner what begins to run from now on. */
function optimise() {
  if (sooner !== undefined) require('node:v8').setFlagsFromString(sooner)
}

/** Every pack of the program that is loaded, by its file: the script and what it exports. */
const loaded = new Map()

/**
 * The file of compiled code for this text and this V8. V8 itself compares only the length of the text, so the name holds
 * the digest that is the text's first line.
 */
function cacheFile(name, source) {
  const digest = source.slice('// '.length, source.indexOf('\n'))
  return path.join(
    dist,
    `${name.slice(0, -'.js'.length)}-${digest}-${process.versions.v8}-${process.arch}.cache`,
  )
}

/**
 * What a pack exports: a file of `dist`, run as a CommonJS module. From compiled code, if the build has left some that this
 * Node can use. Writes nothing.
 */
function load(name, usesCache = true) {
  const there = loaded.get(name)
  if (there !== undefined) return there.module.exports
  const filename = path.join(dist, name)
  // The build keeps it to ASCII: no decoding.
  const source = fs.readFileSync(filename, 'latin1')
  let cachedData
  if (usesCache)
    try {
      cachedData = fs.readFileSync(cacheFile(name, source))
    } catch {
      // Compiled by another Node. 22 and later keep compiled code between runs by themselves.
      require('node:module').enableCompileCache?.()
      return require(filename)
    }
  // What stands before the text is a line of its own, so that the lines of a stack trace are those of the file.
  const script = new vm.Script(`(function (exports, require, module, __dirname) {\n${source}\n})`, {
    filename,
    lineOffset: -1,
    cachedData,
  })
  const module = { exports: {} }
  loaded.set(name, { script, source, module })
  const requires = (id) => (id.startsWith('./') ? load(id.slice(2), usesCache) : require(id))
  script.runInThisContext()(module.exports, requires, module, dist)
  return module.exports
}

module.exports = { cacheFile, load, loaded, optimise }
