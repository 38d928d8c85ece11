import { expect, it } from 'vitest'
import { isSdinspectError } from '../../src/errors.ts'
import { moduleTree } from '../../src/model/modules/tree.ts'
import { TextNames } from '../../src/model/names/name-column.ts'
import { reportOf } from '../helpers/checkpoint.ts'

const deep = (count: number, segments: number) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`m${i}.${'a.'.repeat(segments)}w`, ['F32', [2]] as const]),
  )

it('refuses names that make more modules than the limit, and names the limit', () => {
  let error: unknown
  try {
    reportOf(deep(2_000, 1_000))
  } catch (thrown) {
    error = thrown
  }
  expect(isSdinspectError(error, 'limit/exceeded')).toBe(true)
  expect((error as Error).message).toContain('treeModules=1500000')
})

it('counts modules, not tensors: names that share their modules are free', () => {
  const shared = Array.from({ length: 1_000 }, (_, i) => `${'a.'.repeat(100)}w${i}`)
  expect(moduleTree(new TextNames(shared), 101).size).toBe(101)
})
