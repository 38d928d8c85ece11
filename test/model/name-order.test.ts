import fc from 'fast-check'
import { expect, test } from 'vitest'
import { moduleTree } from '../../src/model/modules/tree.ts'
import { TextNames } from '../../src/model/names/name-column.ts'
import { rowsByName } from '../../src/model/names/name-order.ts'
import { naturalCompare } from '../../src/model/names/natural-order.ts'

const inOrder = (names: readonly string[]) =>
  Array.from(rowsByName(moduleTree(new TextNames(names))), (row) => names[row])

test('names in a tree are ordered as whole names are', () => {
  expect(inOrder(['a.10.b', 'a.9.b', 'a-b.c', 'a.b', 'a', 'a.b.c', 'a!.b', 'layers.2', 'layers.10'])).toEqual(
    ['a', 'a!.b', 'a-b.c', 'a.9.b', 'a.10.b', 'a.b', 'a.b.c', 'layers.2', 'layers.10'],
  )
})

test('what stands beside a dot, and zeros before a number, change nothing of that', () => {
  const segment = fc.stringMatching(/^[a0-2.!-]{0,4}$/)
  const names = fc.uniqueArray(
    fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.')),
    {
      maxLength: 12,
    },
  )
  fc.assert(
    fc.property(names, (some) => {
      expect(inOrder(some)).toEqual([...some].sort(naturalCompare))
    }),
    {
      numRuns: 3_000,
    },
  )
})
