import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { build } from 'esbuild'

/** One counter of the code that is fuzzed: a statement, a function, or a way out of a branch. */
export interface Counter {
  /** The source it comes from: `src/codec/json.ts`. */
  readonly file: string
  /** Of the bundle, from 1. */
  readonly line: number
  readonly kind: 'statement' | 'function' | 'branch'
}

/** Code that counts what it runs, and where its counters are. */
export interface CountingCode {
  /** A CommonJS module: the targets. */
  readonly code: string
  /** Of the instrumenter: the key and the hash under which the code looks for its counters. */
  readonly key: string
  readonly hash: string
  /** Numbers of statements and functions, and of ways out of each branch; counters stand in this order. */
  readonly statements: number
  readonly functions: number
  readonly branches: readonly number[]
}

export interface Instrumented extends CountingCode {
  readonly counters: readonly Counter[]
}

interface FileCoverage {
  readonly statementMap: Readonly<Record<string, { start: { line: number } }>>
  readonly fnMap: Readonly<Record<string, { loc: { start: { line: number } } }>>
  readonly branchMap: Readonly<
    Record<string, { loc: { start: { line: number } }; locations: readonly unknown[] }>
  >
}

interface Instrumenter {
  instrumentSync(code: string, name: string): string
  lastFileCoverage(): FileCoverage
}

const require = createRequire(import.meta.url)

/** The targets as one module that counts what it runs, made once for each state of the sources. */
export async function instrumented(cache: string): Promise<Instrumented> {
  const { outputFiles } = await build({
    entryPoints: ['scripts/fuzz/targets/index.ts'],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20.19',
    format: 'cjs',
    inject: ['scripts/fuzz/counted-arrays.ts'],
    logLevel: 'warning',
  })
  const bundle = outputFiles[0]?.text ?? ''
  const name = createHash('sha256').update(bundle).digest('hex').slice(0, 16)
  const file = `${cache}/${name}.json`
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Instrumented
  const made = instrument(bundle, name)
  mkdirSync(cache, { recursive: true })
  writeFileSync(file, JSON.stringify(made))
  return made
}

function instrument(bundle: string, name: string): Instrumented {
  // The one that jsfuzz brings and uses.
  const path = require.resolve('istanbul-lib-instrument', { paths: [require.resolve('jsfuzz')] })
  const { createInstrumenter } = require(path) as {
    createInstrumenter(options: object): Instrumenter
  }
  const instrumenter = createInstrumenter({ compact: true, esModules: false })
  const code = instrumenter.instrumentSync(bundle, name)
  const { statementMap, fnMap, branchMap } = instrumenter.lastFileCoverage()
  const hash = /\bhash\s*=\s*"([0-9a-f]+)"/.exec(code)?.[1]
  if (hash === undefined) throw new Error('the instrumented code names no hash')
  const fileAt = filesByLine(bundle)
  const counter = (line: number, kind: Counter['kind']): Counter => ({ file: fileAt[line] ?? '', line, kind })
  const statements = Object.values(statementMap).map(({ start }) => counter(start.line, 'statement'))
  const functions = Object.values(fnMap).map(({ loc }) => counter(loc.start.line, 'function'))
  const branches = Object.values(branchMap).map(({ loc, locations }) =>
    locations.map(() => counter(loc.start.line, 'branch')),
  )
  return {
    code,
    key: name,
    hash,
    statements: statements.length,
    functions: functions.length,
    branches: branches.map(({ length }) => length),
    counters: [...statements, ...functions, ...branches.flat()],
  }
}

/** Of each line of a bundle, the file it comes from: esbuild names it in a comment above its code. */
function filesByLine(bundle: string): string[] {
  const files = ['']
  let file = ''
  for (const line of bundle.split('\n')) {
    file = /^\/\/ ((?:src|scripts|test|node_modules)\/\S+)$/.exec(line.trim())?.[1] ?? file
    files.push(file)
  }
  return files
}
