import { describe, expect, test } from 'vitest'
import { blockLists, layerCounts } from '../../src/model/modules/block-lists.ts'
import { moduleTree } from '../../src/model/modules/tree.ts'
import { TextNames } from '../../src/model/names/name-column.ts'

const tree = (...names: string[]) => treeOf(names)
const treeOf = (names: readonly string[]) => moduleTree(new TextNames(names))
const numbered = (count: number, name: (block: number) => string[]) =>
  Array.from({ length: count }, (_, block) => name(block)).flat()

const attention = (list: string) => (block: number) => [
  `${list}.${block}.self_attn.q_proj.weight`,
  `${list}.${block}.mlp.up_proj.weight`,
]

describe('the lists of blocks', () => {
  test('are numbered modules under a name that libraries give them, first in each path', () => {
    const { path, numbers } = blockLists(tree(...numbered(3, attention('model.layers'))))[0] ?? {}
    expect(path).toBe('model.layers')
    expect(numbers).toEqual([0, 1, 2])
    expect(blockLists(tree('down_blocks.0.attentions.0.transformer_blocks.0.attn.weight'))).toEqual([])
    expect(blockLists(tree('features.0.weight', 'features.3.weight'))).toEqual([])
  })
})

test('a module may have any number of others', () => {
  const names = Array.from({ length: 200_000 }, (_, index) => `m${index}.weight`)
  expect(blockLists(treeOf([...names, 'h.0.a.weight']))).toHaveLength(1)
})

describe('how many layers a model has', () => {
  test('is the length of its list, or of each of two', () => {
    expect(layerCounts(tree(...numbered(12, attention('bert.encoder.layer'))))).toEqual([12])
    const both = [...numbered(6, attention('encoder.layers')), ...numbered(4, attention('decoder.layers'))]
    expect(layerCounts(tree(...both))).toEqual([6, 4])
  })

  test('does not count the parts of one block of T5', () => {
    const block = (list: string) => (number: number) => [
      `${list}.${number}.layer.0.SelfAttention.q.weight`,
      `${list}.${number}.layer.0.layer_norm.weight`,
      `${list}.${number}.layer.1.DenseReluDense.wi.weight`,
      `${list}.${number}.layer.1.layer_norm.weight`,
    ]
    expect(layerCounts(tree(...numbered(6, block('encoder.block'))))).toEqual([6])
  })

  // modeling_deepseek.py names 61 layers, and a 62nd holds what predicts a further token.
  test('leaves out a layer that predicts a further token', () => {
    const further = ['enorm.weight', 'hnorm.weight', 'eh_proj.weight', 'self_attn.q_proj.weight']
    const names = [
      ...numbered(4, attention('model.layers')),
      ...further.map((name) => `model.layers.4.${name}`),
    ]
    expect(layerCounts(tree(...names))).toEqual([4])
  })

  test('is not told of stages, of one shard of many, of bare tensors, and of more lists than two', () => {
    // timm's swin_transformer.py: layers are stages, which hold blocks.
    const swin = numbered(4, (stage) =>
      numbered(2, (block) => [
        `layers.${stage}.blocks.${block}.attn.qkv.weight`,
        `layers.${stage}.blocks.${block}.mlp.fc1.weight`,
      ]),
    )
    expect(layerCounts(tree(...swin))).toEqual([])
    expect(layerCounts(tree(...numbered(8, attention('model.layers')).slice(6)))).toEqual([])
    expect(layerCounts(tree('layers.0.weight', 'layers.1.weight'))).toEqual([])
    const three = ['a', 'b', 'c'].flatMap((part) => numbered(2, attention(`${part}.layers`)))
    expect(layerCounts(tree(...three))).toEqual([])
  })
})
