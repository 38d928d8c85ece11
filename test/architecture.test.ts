import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { formats } from '../src/formats/index.ts'

const src = fileURLToPath(new URL('../src', import.meta.url))

/**
 * Each file or folder of src, and what it may import besides itself. Nothing else is allowed: a new edge is a
 * design decision and shows in review as a change of this table.
 */
const mayImport: Record<string, readonly string[]> = {
  'errors.ts': [],
  'version.ts': [],
  'limits.ts': ['errors.ts'],
  model: ['errors.ts'],
  findings: ['errors.ts', 'model'],
  check: ['errors.ts', 'limits.ts', 'version.ts', 'model', 'findings', 'formats', 'compare', 'lock'],
  codec: ['errors.ts', 'limits.ts', 'model'],
  source: ['errors.ts', 'limits.ts', 'model'],
  formats: ['errors.ts', 'limits.ts', 'model', 'findings', 'codec', 'source'],
  evidence: ['errors.ts', 'limits.ts', 'model', 'findings'],
  'classify.ts': ['limits.ts', 'model', 'evidence'],
  'explain.ts': ['model', 'formats', 'evidence', 'classify.ts'],
  // Values of small tensors, for the evidence.
  'seen-values.ts': [
    'errors.ts',
    'limits.ts',
    'model',
    'source',
    'formats',
    'evidence',
    'classify.ts',
    'values',
  ],
  'inspect.ts': [
    'errors.ts',
    'limits.ts',
    'version.ts',
    'model',
    'source',
    'formats',
    'classify.ts',
    'explain.ts',
    'seen-values.ts',
  ],
  values: ['errors.ts', 'limits.ts', 'model', 'codec', 'source'],
  'open.ts': [
    'errors.ts',
    'limits.ts',
    'model',
    'source',
    'formats',
    'inspect.ts',
    'seen-values.ts',
    'values',
  ],
  'safetensors.ts': ['errors.ts', 'limits.ts', 'model', 'source', 'formats'],
  compare: ['errors.ts', 'limits.ts', 'model', 'formats'],
  code: ['errors.ts', 'model'],
  lock: ['errors.ts', 'limits.ts', 'version.ts', 'model', 'compare'],
  render: ['errors.ts', 'limits.ts', 'version.ts', 'model', 'findings', 'check', 'compare', 'lock'],
  browse: ['errors.ts', 'model', 'compare', 'render'],
  'index.ts': [
    'errors.ts',
    'limits.ts',
    'version.ts',
    'model',
    'compare',
    'lock',
    'source',
    'formats',
    'evidence',
    'inspect.ts',
    'explain.ts',
    'open.ts',
    'values',
  ],
  // What the command line needs to read a header, and no more: the library beside it takes longer to load than to use.
  'open-paths.ts': ['errors.ts', 'limits.ts', 'model', 'source', 'formats', 'inspect.ts', 'seen-values.ts'],
  'node.ts': [
    'errors.ts',
    'limits.ts',
    'version.ts',
    'model',
    'source',
    'formats',
    'inspect.ts',
    'explain.ts',
    'index.ts',
    'open.ts',
    'seen-values.ts',
    'open-paths.ts',
    'values',
    'workers',
  ],
  'folders-below.ts': ['limits.ts', 'source', 'formats'],
  // The values of a checkpoint that was read before.
  // How far the values of two checkpoints are apart.
  'value-distances.ts': ['errors.ts', 'model', 'open.ts', 'values'],
  'read-again.ts': [
    'errors.ts',
    'limits.ts',
    'model',
    'source',
    'formats',
    'node.ts',
    'open.ts',
    'values',
    'workers',
  ],
  // Other threads: those who start them, and what runs in them.
  workers: ['errors.ts', 'version.ts', 'source', 'formats', 'values'],
  // What runs in a page, and what makes one of a checkpoint.
  page: [
    'errors.ts',
    'limits.ts',
    'version.ts',
    'model',
    'source',
    'formats',
    'check',
    'compare',
    'render',
    'inspect.ts',
    'seen-values.ts',
    'explain.ts',
  ],
  cli: [
    'errors.ts',
    'limits.ts',
    'version.ts',
    'model',
    'findings',
    'source',
    'check',
    'code',
    'compare',
    'lock',
    'render',
    'inspect.ts',
    'explain.ts',
    'page',
    'browse',
    'node.ts',
    'open-paths.ts',
    'folders-below.ts',
    'value-distances.ts',
    'read-again.ts',
    'workers',
  ],
  // The command line's check as functions: what they share is in cli.
  'gate.ts': ['errors.ts', 'limits.ts', 'model', 'findings', 'check', 'render', 'cli'],
}

/**
 * Families of formats and targets of rendering know nothing of each other: what two of them need is a file of the
 * folder above. Each folder in these layers, and which of its neighbours it may import.
 */
const mayImportBeside: Record<string, readonly string[]> = {
  // An index is JSON that names shards.
  'formats/json': ['formats/shards'],
  'formats/flax': [],
  'formats/gguf': [],
  'formats/hdf5': [],
  // Its weights are HDF5.
  'formats/keras': ['formats/hdf5'],
  // An array of objects is a pickle, and judged as those of torch are.
  'formats/numpy': ['formats/torch'],
  'formats/onnx': [],
  'formats/orbax': [],
  'formats/safetensors': [],
  'formats/parts': [],
  'formats/shards': [],
  'formats/tensorflow': [],
  'formats/torch': [],
  'render/ci': [],
  'render/html': [],
  'render/json': [],
  'render/markdown': [],
  'render/terminal': [],
}

/** The only places that may need Node. Everything else runs in a browser. */
const mayUseNode = [
  'folders-below.ts',
  'read-again.ts',
  'cli/',
  'node.ts',
  'workers/',
  'open-paths.ts',
  'source/file.ts',
  'source/disk-place.ts',
  'source/disk-range-store.ts',
  'source/hub-cache.ts',
  'source/hub-environment.ts',
  'source/proxy-fetch.ts',
  'source/remote.ts',
]

interface Import {
  readonly target: string
  /** Erased by the compiler: cannot make a cycle at run time. */
  readonly typeOnly: boolean
}

/** Every module a file names, however it names it. */
function importsOf(code: string): Import[] {
  const found: Import[] = []
  const statement = /\b(import|export)\s+(type\s+)?(?:[\w*{][^'"`;()]*?\sfrom\s*)?['"]([^'"]+)['"]/g
  for (const [, , type, target] of code.matchAll(statement))
    found.push({ target: target as string, typeOnly: type !== undefined })
  for (const [, target] of code.matchAll(/\b(?:import|require)\s*\(\s*['"]([^'"]+)['"]/g))
    found.push({ target: target as string, typeOnly: false })
  return found
}

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => name.split(sep).join('/'))
  .sort()
const codeOf = new Map(files.map((name) => [name, readFileSync(join(src, name), 'utf8')]))

/** `model/tree.ts` belongs to `model`, `errors.ts` to itself. */
function layerOf(name: string): string {
  return name.includes('/') ? name.slice(0, name.indexOf('/')) : name
}

/** `formats/torch/archive/archive.ts` is of `formats/torch`. */
function folderOf(name: string): string {
  return name.split('/').slice(0, 2).join('/')
}

function resolved(from: string, target: string): string {
  return posix.normalize(posix.join(posix.dirname(from), target))
}

describe('the import parser of this test', () => {
  test('finds every way to name a module', () => {
    const code = [
      "import { a } from './a.ts'",
      "import type { B } from './b.ts'",
      "import './c.ts'",
      "export * from './d.ts'",
      "export {\n  e,\n  f,\n} from './e.ts'",
      "export type { F } from './f.ts'",
      "import g, { type G } from './g.ts'",
      "import * as h from './h.ts'",
      "const i = await import('./i.ts')",
      "type J = import('./j.ts').J",
      'import json from "./k.json" with { type: "json" }',
    ].join('\n')
    expect(
      importsOf(code)
        .map((each) => each.target.slice(2, 3))
        .sort()
        .join(''),
    ).toBe('abcdefghijk')
    expect(
      importsOf(code)
        .filter((each) => each.typeOnly)
        .map((each) => each.target),
    ).toEqual(['./b.ts', './f.ts'])
  })
})

describe('the architecture', () => {
  test('has every file and folder of src in the table', () => {
    expect([...new Set(files.map(layerOf))].filter((layer) => !(layer in mayImport))).toEqual([])
  })

  /** Files of the package outside src that code may read as data. */
  const publishedData = [
    '../package.json',
    ...['report', 'check', 'diff', 'stats', 'lock', 'policy'].map((name) => `../schema/${name}.v1.json`),
  ]

  test('lets imports go one way', () => {
    const forbidden: string[] = []
    for (const [name, code] of codeOf)
      for (const { target } of importsOf(code)) {
        if (!target.startsWith('.')) continue
        const path = resolved(name, target)
        const from = layerOf(name)
        const to = layerOf(path)
        const outside = path.startsWith('..') && !publishedData.includes(path)
        const allowed = to === from || path.startsWith('..') || (mayImport[from] ?? []).includes(to)
        if (outside || !allowed) forbidden.push(`${name} imports ${path}`)
      }
    expect(forbidden).toEqual([])
  })

  test('keeps families of formats apart, and targets of rendering', () => {
    const folders = files.filter((name) => /^(formats|render)\/.+\//.test(name)).map(folderOf)
    expect([...new Set(folders)].filter((folder) => !(folder in mayImportBeside))).toEqual([])
    const forbidden: string[] = []
    for (const [name, code] of codeOf) {
      const allowed = mayImportBeside[folderOf(name)]
      if (allowed === undefined) continue
      for (const { target } of importsOf(code)) {
        const to = folderOf(resolved(name, target))
        if (to in mayImportBeside && to !== folderOf(name) && !allowed.includes(to))
          forbidden.push(`${name} imports ${target}`)
      }
    }
    expect(forbidden).toEqual([])
  })

  test('knows a format by its id in no layer but that of formats', () => {
    const layers = ['check', 'compare', 'evidence', 'findings', 'lock', 'model', 'values']
    const asks = /(?<!typeof )\bformat\s*[!=]==?\s*['"`]|\bformat\.(?:startsWith|endsWith|includes|match)\b/
    const isId = new RegExp(
      `[!=]==?\\s*'(?:${formats.flatMap(({ id, kinds = [] }) => [id, ...kinds]).join('|')})'`,
    )
    const asking: string[] = []
    for (const [name, code] of codeOf) {
      if (!layers.includes(layerOf(name)) && !/^(classify|explain|inspect|open)\.ts$/.test(name)) continue
      const bare = code.replace(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*/g, '')
      for (const line of bare.split('\n'))
        if (asks.test(line) || isId.test(line)) asking.push(`${name}: ${line.trim()}`)
    }
    expect(asking).toEqual([])
  })

  test('names no file that does not exist', () => {
    const missing: string[] = []
    for (const [name, code] of codeOf)
      for (const { target } of importsOf(code))
        if (target.endsWith('.ts') && !codeOf.has(resolved(name, target))) missing.push(`${name}: ${target}`)
    expect(missing).toEqual([])
  })

  test('has no cycle of files that need each other at run time', () => {
    const state = new Map<string, 'open' | 'done'>()
    const cycles: string[] = []
    const visit = (name: string, path: readonly string[]): void => {
      if (state.get(name) === 'done') return
      if (state.get(name) === 'open') {
        cycles.push([...path.slice(path.indexOf(name)), name].join(' -> '))
        return
      }
      state.set(name, 'open')
      for (const { target, typeOnly } of importsOf(codeOf.get(name) ?? ''))
        if (target.startsWith('.') && !typeOnly) visit(resolved(name, target), [...path, name])
      state.set(name, 'done')
    }
    for (const name of files) visit(name, [])
    expect(cycles).toEqual([])
  })

  test('keeps Node out of what has to run in a browser', () => {
    const node: string[] = []
    for (const [name, code] of codeOf) {
      if (mayUseNode.some((place) => name.startsWith(place))) continue
      for (const { target } of importsOf(code))
        if (target.startsWith('node:')) node.push(`${name}: ${target}`)
      const bare = code.replace(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*/g, '')
      for (const [use] of bare.matchAll(/(?<![.\w'"`-])(?:process|Buffer|console|__dirname)\s*[.[(]/g))
        node.push(`${name}: ${use}`)
    }
    expect(node).toEqual([])
  })

  test('depends on no package outside the command line, the renderers and the pages', () => {
    const packages: string[] = []
    for (const [name, code] of codeOf)
      for (const { target } of importsOf(code))
        if (!/^(\.|node:)/.test(target) && !['cli', 'render', 'page'].includes(layerOf(name)))
          packages.push(`${name}: ${target}`)
    expect(packages).toEqual([])
  })

  test('has no default exports and no file that is named for holding anything', () => {
    const bad = files.filter((name) =>
      /^(utils?|helpers?|common|misc|shared)\.ts$/.test(posix.basename(name)),
    )
    for (const [name, code] of codeOf) if (/^export default\b/m.test(code)) bad.push(name)
    expect(bad).toEqual([])
  })

  test('names files in kebab-case', () => {
    expect(
      files.filter(
        (name) =>
          !name.endsWith('.generated.d.ts') &&
          !/^([a-z0-9]+(-[a-z0-9]+)*\/)*[a-z0-9]+(-[a-z0-9]+)*\.ts$/.test(name),
      ),
    ).toEqual([])
  })

  test('has a test folder that mirrors src', () => {
    const root = dirname(src)
    const tests = readdirSync(join(root, 'test'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.test.ts'))
      .map((entry) => relative(join(root, 'test'), entry.parentPath).split(sep)[0] as string)
    const folders = new Set(files.map(layerOf).filter((layer) => !layer.endsWith('.ts')))
    expect([...new Set(tests)].filter((folder) => folder !== '' && !folders.has(folder))).toEqual([])
  })
})
