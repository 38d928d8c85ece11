import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { withoutLifecycle } from '../scripts/packed-manifest.js'
import { version } from '../src/version.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const text = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')
const manifest = JSON.parse(text('package.json'))
const lock = JSON.parse(text('package-lock.json'))

/** What git would commit, or every file of a copy without git. */
const committed = (() => {
  const list = (args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).split('\0')
  try {
    return list(['ls-files', '-z', '--cached', '--others', '--exclude-standard']).filter(
      (name) => name !== '' && existsSync(root + name),
    )
  } catch {
    const skipped = /(^|[\\/])(node_modules|dist|\.git)([\\/]|$)/
    return readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !skipped.test(entry.parentPath))
      .map((entry) => `${entry.parentPath}/${entry.name}`.slice(root.length))
  }
})()

test('the package needs nothing at run time', () => {
  for (const field of ['dependencies', 'optionalDependencies', 'peerDependencies', 'bundledDependencies'])
    expect(manifest[field]).toBeUndefined()
})

test('the packed package runs nothing when it is installed, and is the same but for that', () => {
  const packed = JSON.parse(withoutLifecycle(text('package.json')))
  expect(Object.keys(packed)).toEqual(Object.keys(manifest))
  for (const name of ['preinstall', 'install', 'postinstall', 'prepare', 'prepack', 'postpack'])
    expect(packed.scripts).not.toHaveProperty(name)
  const { prepare, prepack, postpack, ...others } = manifest.scripts
  expect(packed).toEqual({ ...manifest, scripts: others })
  // It is taken out when it is packed, and nowhere else.
  expect(prepack).toMatch(/packed-manifest\.js strip$/)
  expect(postpack).toMatch(/packed-manifest\.js restore$/)
  expect(prepare).toBeDefined()
})

test('types come first in every entry of exports, default last', () => {
  for (const [path, target] of Object.entries(manifest.exports))
    if (typeof target !== 'string')
      expect([path, ...Object.keys(target as object)]).toEqual([path, 'types', 'default'])
})

test('every entry of exports is built from a source file', () => {
  for (const target of Object.values<{ default?: string }>(manifest.exports)) {
    const built = target.default?.match(/^\.\/dist\/lib\/(.+)\.js$/)
    if (built) expect(existsSync(`${root}src/${built[1]}.ts`)).toBe(true)
  }
})

test('the package asks for the Node it is tested on, and is a module', () => {
  expect(manifest.engines).toEqual({ node: '>=20.19' })
  expect(manifest.type).toBe('module')
  expect(text('.github/workflows/ci.yml')).toContain('node: [20, 22, 24]')
})

test('the version is the same everywhere', () => {
  expect(version).toBe(manifest.version)
  expect(lock.version).toBe(manifest.version)
  expect(lock.packages[''].version).toBe(manifest.version)
  expect(text('CHANGELOG.md')).toMatch(
    new RegExp(`^## \\[(Unreleased|${manifest.version.replaceAll('.', '\\.')})\\]`, 'm'),
  )
})

test('the lock file names no registry and pins every package by its hash', () => {
  for (const [path, entry] of Object.entries<Record<string, unknown>>(lock.packages)) {
    expect(entry).not.toHaveProperty('resolved')
    if (path !== '' && entry.link !== true && entry.inBundle !== true)
      expect([path, typeof entry.integrity]).toEqual([path, 'string'])
  }
})

test('no file names a place of the machine it was written on', () => {
  const place = /(?<![\w./-])\/(?:home|root|Users|tmp)\/[\w.]|[A-Z]:\\Users\\/
  const found = committed
    .filter((name) => /\.(ts|js|mjs|json|md|py|yml|toml)$/.test(name) || /^(bin|\.ci)\//.test(name))
    .filter((name) => name !== 'test/package.test.ts')
    .flatMap((name) =>
      text(name)
        .split('\n')
        .flatMap((line, index) => (place.test(line) ? [`${name}:${index + 1}: ${line.slice(0, 120)}`] : [])),
    )
  expect(found).toEqual([])
})

test('the repository stays small', () => {
  const bytes = committed.reduce((sum, name) => sum + readFileSync(root + name).length, 0)
  expect(bytes).toBeLessThan(16_000_000)
})

test('a published package has what it needs and what its README links, and nothing of the workshop', () => {
  const packed = JSON.parse(
    execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: root,
      encoding: 'utf8',
      shell: process.platform === 'win32',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  )
  const names: string[] = packed[0].files.map((file: { path: string }) => file.path)
  for (const needed of [
    'bin/sdinspect.js',
    'package.json',
    'README.md',
    'LICENSE',
    'CHANGELOG.md',
    'schema/report.v1.json',
  ])
    expect(names).toContain(needed)
  expect(
    names.filter((name) => /^(src|test|fixtures|scripts|node_modules|\.ci|\.github)\//.test(name)),
  ).toEqual([])
  const linked = [...text('README.md').matchAll(/\]\((?![a-z]+:)([^)#\s]+)/g)].map(([, path = '']) => path)
  expect(linked).not.toEqual([])
  expect(linked.filter((path) => !names.includes(posix.normalize(path)))).toEqual([])
})
