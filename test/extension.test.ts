import { spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, posix } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Main, type Ran, runMain } from './helpers/run-cli.ts'

/** What CONTRIBUTING.md says of adding something: one file, and one entry in one list. */
const extensions = [
  { what: 'format', name: 'toy', file: 'formats/toy/toy.ts', list: 'formats/weight-formats.ts' },
  { what: 'source', name: 'toySource', file: 'evidence/toy.ts', list: 'evidence/index.ts' },
  { what: 'rule', name: 'toyCount', file: 'check/rules/toy/count.ts', list: 'check/rules/index.ts' },
  { what: 'renderer', name: 'toy', file: 'render/toy/toy.ts', list: 'render/renderers.ts' },
  { what: 'command', name: 'toy', file: 'cli/commands/toy.ts', list: 'cli/commands/index.ts' },
] as const

let folder = ''
let main: Main
const run = (...argv: string[]): Promise<Ran> => runMain(main, argv)
/** A path of the folder, as commands show it. */
const at = (name: string): string => join(folder, name)

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sdinspect-extension-'))
  for (const name of ['src', 'schema', 'package.json', 'tsconfig.json'])
    cpSync(name, at(name), { recursive: true })
  symlinkSync(join(process.cwd(), 'node_modules'), at('node_modules'), 'junction')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('adding something', () => {
  it.each(extensions)('is one file and one entry of a list: a $what', ({ what, name, file, list }) => {
    const before = sources()
    mkdirSync(dirname(at(`src/${file}`)), { recursive: true })
    cpSync(`fixtures/extension/${what}.ts`, at(`src/${file}`))
    enter(list, name, file)
    const after = sources()
    const isNew = (each: string): boolean => !before.has(each)
    const isChanged = (each: string): boolean => !isNew(each) && before.get(each) !== after.get(each)
    expect([...after.keys()].filter(isNew)).toEqual([file])
    expect([...after.keys()].filter(isChanged)).toEqual([list])
    // The entry, and the import that brings it.
    const grown = addedLines(before.get(list) as string, after.get(list) as string)
    expect(grown).toHaveLength(2)
  })

  it('keeps the types', () => {
    writeFileSync(at('tsconfig.src.json'), '{ "extends": "./tsconfig.json", "include": ["src"] }')
    const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
    const { stdout } = spawnSync(process.execPath, [tsc, '-p', at('tsconfig.src.json')], { encoding: 'utf8' })
    expect(stdout).toBe('')
  })
})

describe('what was added', () => {
  beforeAll(async () => {
    await build({
      absWorkingDir: folder,
      entryPoints: ['src/cli/main.ts'],
      outfile: 'cli.cjs',
      bundle: true,
      platform: 'node',
      format: 'cjs',
      logLevel: 'silent',
    })
    main = createRequire(import.meta.url)(at('cli.cjs')).main
    mkdirSync(at('models'))
    writeFileSync(
      at('models/net.toy'),
      'TOY 1\nfc.weight F32 2 3\nfc.bias F32 2\nbox.toy F32 4\nshelf.toy I64 4\n',
    )
    cpSync(at('models/net.toy'), at('nameless'))
    cpSync('fixtures/cnn.safetensors', at('misnamed.toy'))
    writeFileSync(at('broken.toy'), 'TOY 1\nfc.weight F33 2 3\n')
    writeFileSync(at('unlike.toy'), 'no toy at all')
  })

  it('is a format: found in a folder, recognised without a name, read and named', async () => {
    const { code, out } = await run('inspect', at('models'), '--json')
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ format: 'toy', stateDicts: [{ tensors: { length: 4 } }] })
    expect((await run('ls', at('nameless'))).out).toContain('fc.weight\tparameter\tF32\t[2, 3]\t6')
    expect((await run('inspect', at('models'))).out).toContain('written by a toy')
    expect((await run('inspect', at('misnamed.toy'))).out).toContain(
      'the file is called .toy, and its bytes are safetensors',
    )
    expect(await run('inspect', at('broken.toy'))).toMatchObject({ code: 1 })
    mkdirSync(at('empty'))
    expect((await run('inspect', at('empty'))).err).toContain('*.toy')
  })

  it('is a format that diff knows: every name of a tied tensor is in it, and no module versions', async () => {
    const { code, out } = await run('diff', at('models/net.toy'), at('nameless'), '--json')
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ same: true, load: { strict: 'loads' } })
  })

  it('is a source of evidence, whose claim wins where it is the strongest', async () => {
    const { out } = await run('why', at('nameless'), 'box.toy', '--json')
    expect(JSON.parse(out).explanations[0]).toMatchObject({
      kind: { answer: 'buffer', level: 'recognised', reason: 'a toy is played with and never trained' },
    })
  })

  it('is a rule, with its finding, its page, its line in the docs and its levels', async () => {
    const checked = await run('check', at('models'), '--json')
    expect(checked.code).toBe(1)
    expect(JSON.parse(checked.out).findings).toContainEqual(
      expect.objectContaining({ rule: 'toy/count', level: 'error', message: 'there are 2 toys' }),
    )
    expect((await run('check', at('models'), '--rule', 'toy/count=off')).code).toBe(0)
    expect((await run('explain', 'toy/count')).out).toContain('Two toys are one too many.')
    expect((await run('explain')).out).toMatch(/^toy\/count +error +There is at most one toy$/m)
    expect((await run('explain', '-f', 'md')).out).toContain('## toy/count')
    expect((await run('check', at('models'), '-f', 'sarif')).out).toContain('Two toys are one too many.')
  })

  it('is a renderer, wherever it has a view', async () => {
    expect((await run('inspect', at('nameless'), '-f', 'toy')).out).toBe(`TOY ${at('nameless')} is toy\n`)
    expect((await run('check', at('nameless'), '-f', 'toy')).out).toBe('TOY fail\n')
    await run('check', at('nameless'), '--report', `toy=${at('report')}`)
    expect(readFileSync(at('report'), 'utf8')).toBe('TOY fail\n')
    expect(await run('tree', at('nameless'), '-f', 'toy')).toMatchObject({ code: 2, out: '' })
    expect((await run('inspect', '--help')).out).toMatch(/md,\s+csv,\s+toy/)
  })

  it('is a command, in help and completion', async () => {
    expect(await run('toy', at('nameless'))).toMatchObject({ code: 0, out: `${at('nameless')}: 2 toys\n` })
    expect(JSON.parse((await run('toy', at('nameless'), '--json')).out)).toMatchObject({ toys: 2 })
    expect((await run('--help')).out).toMatch(/^ {2}toy +how many toys a checkpoint has$/m)
    expect((await run('toy', '--help')).out).toContain('--frozen')
    expect((await run('completion', 'bash')).out).toMatch(/^ {4}toy\)$/m)
  })
})

/** Text of every file of the copy, by its path in `src`. */
function sources(): ReadonlyMap<string, string> {
  const names = readdirSync(at('src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
  return new Map(names.map((name) => [inSource(name), readFileSync(name, 'utf8')]))
}

function inSource(path: string): string {
  return path.slice(at('src').length + 1).replaceAll('\\', '/')
}

/** Puts the last entry into the list of a file. */
function enter(list: string, name: string, file: string): void {
  const path = at(`src/${list}`)
  const from = posix.relative(posix.dirname(list), file)
  const text = readFileSync(path, 'utf8')
  const listed = text.replace(/( = \[(?:[^\n]*|[^\n]*\n[\s\S]*?\n))\](?=\n)/, (_, before: string) =>
    before.endsWith('\n') ? `${before}  ${name},\n]` : `${before}, ${name}]`,
  )
  writeFileSync(path, `import { ${name} } from '${from.startsWith('.') ? from : `./${from}`}'\n${listed}`)
}

/** The lines of `after` that `before` has not. */
function addedLines(before: string, after: string): readonly string[] {
  const had = new Set(before.split('\n'))
  return after.split('\n').filter((line) => !had.has(line))
}
