import { expect, it } from 'vitest'
import { defaultLimits } from '../../src/limits.ts'
import { expandGlob } from '../../src/source/expand-glob.ts'
import { isGlob, nameMatcher, unfoldBraces } from '../../src/source/glob.ts'
import { memoryPlace } from '../../src/source/memory-place.ts'
import type { Place } from '../../src/source/source.ts'

const files = [
  'model-10.bin',
  'model-2.bin',
  'README.md',
  '.hidden.bin',
  'runs/a/last.ckpt',
  'runs/b/last.ckpt',
  'runs/b/deep/last.ckpt',
  'runs/.git/last.ckpt',
]
const root = memoryPlace(new Map(files.map((name) => [name, new Uint8Array()])))

function placeAt(path: string): Place {
  let place = root
  for (const part of path.split('/')) if (part !== '.') place = place.folder?.(part) as Place
  return place
}

it.each([
  ['*.bin', ['model-2.bin', 'model-10.bin']],
  ['.*.bin', ['.hidden.bin']],
  ['model-[0-9].bin', ['model-2.bin']],
  ['model-{10,2}.bin', ['model-10.bin', 'model-2.bin']],
  ['runs/*/last.ckpt', ['runs/a/last.ckpt', 'runs/b/last.ckpt']],
  ['**/*.ckpt', ['runs/a/last.ckpt', 'runs/b/last.ckpt', 'runs/b/deep/last.ckpt']],
  ['runs/**/**/last.ckpt', ['runs/a/last.ckpt', 'runs/b/last.ckpt', 'runs/b/deep/last.ckpt']],
  ['runs/?', ['runs/a', 'runs/b']],
  ['{runs/b,runs/*}/last.ckpt', ['runs/b/last.ckpt', 'runs/a/last.ckpt']],
  ['none/*.bin', []],
  ['*.safetensors', []],
])('%s finds its files in natural order', async (pattern, expected) => {
  expect(await expandGlob(pattern, placeAt, defaultLimits)).toEqual(expected)
})

it('stops at the limit of folders', async () => {
  await expect(expandGlob('**/x', placeAt, { ...defaultLimits, folders: 2 })).rejects.toMatchObject({
    code: 'limit/exceeded',
    message: expect.stringContaining('folders=2'),
  })
})

it.each([
  ['*', 'abc', true],
  ['a*c*', 'abcd', true],
  ['a*c', 'abcd', false],
  ['a?c', 'abc', true],
  ['a?c', 'a😀c', true],
  ['[!a]x', 'bx', true],
  ['[!a]x', 'ax', false],
  ['[]]', ']', true],
  ['[a-', '[a-', true],
  ['[-a]', '-', true],
  ['*', '.x', false],
  ['(a+)+$', '(a+)+$', true],
])('%s against %s is %s', (pattern, name, expected) => {
  expect(nameMatcher(pattern)(name)).toBe(expected)
})

it('is not slow on a pattern of many stars', () => {
  expect(nameMatcher('*a'.repeat(200))('a'.repeat(20_000).concat('b'))).toBe(false)
})

it('unfolds braces, nested too, and refuses thousands', () => {
  expect(unfoldBraces('a{b,c{d,e}}f')).toEqual(['abf', 'acdf', 'acef'])
  expect(unfoldBraces('a{b')).toEqual(['a{b'])
  expect(() => unfoldBraces('{a,b}'.repeat(12))).toThrow(expect.objectContaining({ code: 'usage/pattern' }))
})

it('knows a pattern from a path', () => {
  expect(isGlob('a/b-c.bin')).toBe(false)
  expect(isGlob('a/*.bin')).toBe(true)
})
