import { expect, it } from 'vitest'
import { collectionDeclarations, pathDeclarations } from '../../../src/formats/flax-collections.ts'

/** Names to kinds, of names and shapes. */
function kinds(
  from: typeof collectionDeclarations,
  tensors: Readonly<Record<string, readonly number[]>>,
): Readonly<Record<string, string | undefined>> {
  const declarations = from(Object.entries(tensors).map(([name, shape]) => ({ name, shape })))
  return Object.fromEntries([...declarations].map(([name, { kind }]) => [name, kind]))
}

// What flax.linen calls the parameters of its layers: linear.py, normalization.py, attention.py.
it('tells the parameters of layers of a file without collections', () => {
  expect(
    kinds(collectionDeclarations, {
      'Conv_0.kernel': [3, 3, 3, 8],
      'Conv_0.bias': [8],
      'query.kernel': [64, 4, 16],
      'query.bias': [4, 16],
      'LayerNorm_0.scale': [8],
      'LayerNorm_0.bias': [8],
      'wte.embedding': [50, 8],
    }),
  ).toEqual({
    'Conv_0.kernel': 'parameter',
    'Conv_0.bias': 'parameter',
    'query.kernel': 'parameter',
    'query.bias': 'parameter',
    'LayerNorm_0.scale': 'parameter',
    'LayerNorm_0.bias': 'parameter',
    'wte.embedding': 'parameter',
  })
})

it('says nothing of what is called so and has other shapes', () => {
  expect(
    kinds(collectionDeclarations, {
      'a.kernel': [8],
      'b.kernel': [3, 8],
      'b.bias': [5],
      'c.scale': [8],
      'c.kernel': [3, 8],
      'd.embedding': [8],
      'e.bias': [3],
    }),
  ).toEqual({})
})

it('tells collections in whole paths, where all names are such', () => {
  const whole = { 'params/a/kernel': [3, 8], 'batch_stats/b/mean': [8] }
  expect(kinds(pathDeclarations, whole)).toEqual({
    'params/a/kernel': 'parameter',
    'batch_stats/b/mean': 'buffer',
  })
  expect(kinds(pathDeclarations, { ...whole, other: [3] })).toEqual({})
  expect(kinds(pathDeclarations, { 'cache/a': [3] })).toEqual({})
})
