import { describe, expect, test } from 'vitest'
import { type Outline, type OutlineNode, outline } from '../../src/model/modules/outline.ts'
import { blocks, makeStateDict, type TensorGiven } from '../render/make-report.ts'

const name = ({ segments, times }: OutlineNode) =>
  segments.map(({ text }) => text).join('.') + (times > 1 ? ` x${times}` : '')
const top = (given: readonly TensorGiven[]) => outline(makeStateDict(given)).top.map(name)
const below = (tree: Outline, node: OutlineNode | undefined) =>
  node?.type === 'module' ? tree.children(node) : []

describe('the outline', () => {
  test('folds identical blocks and joins modules with a single child', () => {
    const tree = outline(makeStateDict(blocks(32)))
    expect(tree.top.map(name)).toEqual(['model'])
    const [, layers] = below(tree, tree.top[0])
    expect(below(tree, tree.top[0]).map(name)).toEqual(['embed', 'layers.{0..31} x32'])
    expect(below(tree, layers).map(name)).toEqual(['proj', 'norm'])
  })

  test.each([
    ['shape', { shape: [9, 8] }],
    ['dtype', { dtype: 'BF16' }],
    ['kind', { kind: 'buffer' }],
    ['trainability', { trainable: 'no' }],
    ['being tied', { tiedTo: 'model.embed.weight' }],
    ['name', { name: 'model.layers.3.proj.kernel' }],
  ] as [string, Partial<TensorGiven>][])('shows a block that differs in %s by itself', (_, change) => {
    const given = blocks(4).map((tensor) =>
      tensor.name === 'model.layers.3.proj.weight' ? { ...tensor, ...change } : tensor,
    )
    const tree = outline(makeStateDict(given))
    const [, layers] = below(tree, tree.top[0])
    expect(below(tree, layers).map(name)).toEqual(['{0..2} x3', '3'])
  })

  test('folds blocks whose tensors come in different orders', () => {
    const given = blocks(3)
    given.push(...given.splice(1, 1))
    expect(below(outline(makeStateDict(given)), outline(makeStateDict(given)).top[0]).map(name)).toContain(
      'layers.{0..2} x3',
    )
  })

  test('counts what is under a module, tied tensors once', () => {
    const { root } = outline(
      makeStateDict([
        { name: 'a.weight', shape: [4, 2] },
        { name: 'a.running_mean', shape: [4], kind: 'buffer' },
        { name: 'a.mask', shape: [3], kind: 'other', dtype: 'U8' },
        { name: 'b.weight', shape: [4, 2], tiedTo: 'a.weight' },
        { name: 'c.weight', shape: [5], trainable: 'no' },
      ]),
    )
    expect(root).toMatchObject({
      tensors: 5,
      parameters: 13,
      buffers: 4,
      other: 3,
      frozen: 5,
      logical: 13,
      bytes: 4 * 17 + 3,
    })
  })

  test('counts a tied tensor when its first name is not there', () => {
    const { root } = outline(
      makeStateDict([
        { name: 'b.weight', shape: [4], tiedTo: 'a.weight' },
        { name: 'c.weight', shape: [4], tiedTo: 'a.weight' },
      ]),
    )
    expect(root.parameters).toBe(4)
  })

  test('counts a packed weight as the weights it stands for', () => {
    const quantised = { scheme: 'GPTQ 4-bit', logicalElements: 64 }
    const { root } = outline(
      makeStateDict([
        { name: 'q.qweight', shape: [8], dtype: 'I32', kind: 'buffer', quantised },
        { name: 'q.scales', shape: [2], kind: 'buffer', quantised: { ...quantised, logicalElements: 0 } },
        { name: 'n.weight', shape: [8] },
      ]),
    )
    expect(root).toMatchObject({ logical: 72, parameters: 8, buffers: 10 })
  })

  test('keeps registration order where the file has it, and counts in names where it has not', () => {
    const given = ['z.w', 'b.10.x.w', 'b.2.y.w', 'a'].map((name) => ({ name, shape: [1] }))
    const recorded = outline(makeStateDict(given, { order: 'registration' }))
    expect(recorded.top.map(name)).toEqual(['a', 'z', 'b'])
    expect(below(recorded, recorded.top[2]).map(name)).toEqual(['10.x', '2.y'])
    const unrecorded = outline(makeStateDict(given))
    expect(unrecorded.top.map(name)).toEqual(['a', 'b', 'z'])
    expect(below(unrecorded, unrecorded.top[1]).map(name)).toEqual(['2.y', '10.x'])
  })

  test('puts weight before bias and parameters before buffers where no order is recorded', () => {
    const given = [
      { name: 'bias', shape: [1] },
      { name: 'num_batches_tracked', shape: [], kind: 'buffer' as const },
      { name: 'running_mean', shape: [1], kind: 'buffer' as const },
      { name: 'weight', shape: [1] },
    ]
    expect(top(given)).toEqual(['weight', 'bias', 'running_mean', 'num_batches_tracked'])
  })

  test('counts folds within a joined name together', () => {
    const given = [0, 1, 2].flatMap((i) =>
      [0, 1].map((j) => ({ name: `stage.${i}.block.${j}.w`, shape: [1] })),
    )
    expect(top(given)).toEqual(['stage.{0..2}.block.{0,1} x6'])
  })

  test('can show every sibling by itself', () => {
    const tree = outline(makeStateDict(blocks(3)), { noFold: true })
    const [, layers] = below(tree, tree.top[0])
    expect(below(tree, layers).map(name)).toEqual(['0', '1', '2'])
  })

  test('holds a name of 100,000 segments and one called __proto__', () => {
    const deep = `${'a.'.repeat(100_000)}weight`
    const tree = outline(
      makeStateDict([
        { name: deep, shape: [2] },
        { name: '__proto__.__proto__', shape: [3] },
      ]),
    )
    expect(tree.top.map(({ segments }) => segments.length).sort()).toEqual([1, 100_000])
    expect(tree.root.parameters).toBe(5)
  })

  test('does not take two different subtrees for one because of dots and digits in names', () => {
    const given = [
      { name: 'l.0.a', shape: [1] },
      { name: 'l.0.b1', shape: [2] },
      { name: 'l.1.a1', shape: [1] },
      { name: 'l.1.b', shape: [2] },
    ]
    const tree = outline(makeStateDict(given))
    expect(below(tree, tree.top[0]).map(name)).toEqual(['0', '1'])
  })
})
