import { describe, expect, it } from 'vitest'
import { oddBlocks } from '../../src/check/structure/odd-blocks.ts'
import { inspectionOf } from '../../src/model/inspection.ts'
import { type Entries, reportOf } from '../helpers/checkpoint.ts'

type Shape = readonly [string, readonly number[]]

const block: Readonly<Record<string, Shape>> = {
  'attn.q.weight': ['F32', [8, 8]],
  'attn.q.bias': ['F32', [8]],
  'attn.k.weight': ['F32', [8, 8]],
  'norm.weight': ['F32', [8]],
  'mlp.up.weight': ['F32', [16, 8]],
}

/** A model of blocks, each as `make` says; null leaves it out. */
function model(count: number, make: (number: number) => Readonly<Record<string, Shape>> | null): Entries {
  const entries: Record<string, Shape> = { 'embed.weight': ['F32', [20, 8]] }
  for (let number = 0; number < count; number++)
    for (const [name, tensor] of Object.entries(make(number) ?? {}))
      entries[`layers.${number}.${name}`] = tensor
  return entries as unknown as Entries
}

const odd = (entries: Entries) => {
  const [stateDict] = reportOf(entries).stateDicts
  return stateDict === undefined ? [] : [...oddBlocks(inspectionOf(stateDict))]
}
const without = (...names: readonly string[]) =>
  Object.fromEntries(Object.entries(block).filter(([name]) => !names.includes(name)))

describe('the one block that differs', () => {
  it('is found by what it lacks', () => {
    const found = odd(model(6, (number) => (number === 3 ? without('attn.k.weight') : block)))
    expect(found).toEqual([
      { path: 'layers', number: 3, of: 6, oddity: { kind: 'missing', names: ['attn.k.weight'] } },
    ])
  })

  it('is found when it is not there at all', () => {
    expect(odd(model(4, (number) => (number === 2 ? null : block)))).toEqual([
      { path: 'layers', number: 2, of: 4, oddity: { kind: 'gap' } },
    ])
  })

  it('is found by a shape turned round, and by a float type', () => {
    const turned = { ...block, 'mlp.up.weight': ['F32', [8, 16]] } as const
    expect(odd(model(5, (number) => (number === 1 ? turned : block)))).toMatchObject([
      { number: 1, oddity: { kind: 'shape', names: ['mlp.up.weight'], is: '[8, 16]', others: '[16, 8]' } },
    ])
    const half = { ...block, 'mlp.up.weight': ['F16', [16, 8]] } as const
    expect(odd(model(5, (number) => (number === 4 ? half : block)))).toMatchObject([
      { number: 4, oddity: { kind: 'type', is: 'F16', others: 'F32' } },
    ])
  })

  it('is found by the float type of many tensors, where it is neither the first nor the last', () => {
    const half = Object.fromEntries(
      Object.entries(block).map(([name, [, shape]]) => [name, ['F16', shape]]),
    ) as typeof block
    const names = expect.arrayContaining(Object.keys(block))
    expect(odd(model(5, (number) => (number === 2 ? half : block)))).toMatchObject([
      { number: 2, oddity: { kind: 'type', names, is: 'F16', others: 'F32' } },
    ])
    for (const end of [0, 4]) expect(odd(model(5, (number) => (number === end ? half : block)))).toEqual([])
    // Two types at once are a plan.
    const mixed = { ...half, 'norm.weight': ['BF16', [8]] } as const
    expect(odd(model(5, (number) => (number === 2 ? mixed : block)))).toEqual([])
  })

  it('is an expert as well as a layer', () => {
    const experts = model(1, () =>
      Object.fromEntries(
        [0, 1, 2, 3, 4].flatMap((expert) =>
          Object.entries(expert === 2 ? without('attn.k.weight') : block).map(([name, tensor]) => [
            `experts.${expert}.${name}`,
            tensor,
          ]),
        ),
      ),
    )
    expect(odd(experts)).toMatchObject([{ path: 'layers.0.experts', number: 2 }])
  })
})

describe('no block', () => {
  it('is odd where all are the same, or several differ', () => {
    expect(odd(model(6, () => block))).toEqual([])
    expect(odd(model(6, (number) => (number % 2 === 0 ? without('norm.weight') : block)))).toEqual([])
    expect(odd(model(3, (number) => (number === 1 ? without('norm.weight') : block)))).toEqual([])
  })

  it('is odd for what authors make: a first or last block without a layer, one that has more', () => {
    expect(odd(model(6, (number) => (number === 0 ? without('norm.weight') : block)))).toEqual([])
    expect(odd(model(6, (number) => (number === 5 ? without('norm.weight') : block)))).toEqual([])
    const more = { ...block, 'table.weight': ['F32', [4, 4]] } as const
    expect(odd(model(6, (number) => (number === 0 ? more : block)))).toEqual([])
  })

  it('lacks half a layer, not even the last', () => {
    expect(odd(model(6, (number) => (number === 5 ? without('attn.q.weight') : block)))).toHaveLength(1)
  })

  it('is missing from a list of lone layers, where those between have no tensors', () => {
    expect(odd(model(5, (number) => (number === 2 ? null : { weight: ['F32', [8, 8]] })))).toEqual([])
  })
})
