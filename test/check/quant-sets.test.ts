import { describe, expect, test } from 'vitest'
import { checked } from '../helpers/check.ts'
import { type Entries, plainMap } from '../helpers/checkpoint.ts'
import { type PackedLayer, packedLayers } from '../helpers/packed-layers.ts'

const blocks = [0, 1, 2, 3]
/** Stands once for all layers. */
const isOfAll = (name: string): boolean => name === 'scaled_fp8' || name.startsWith('norm.')
const inBlock = (name: string, block: number): string => (isOfAll(name) ? name : `layers.${block}.${name}`)

/** Four blocks of one layer each. */
function model({ entries }: PackedLayer): Entries {
  return Object.fromEntries(
    blocks.flatMap((block) => Object.entries(entries).map(([name, entry]) => [inBlock(name, block), entry])),
  )
}

function told(entries: Entries, { config, metadata }: PackedLayer): string[] {
  return checked(entries, {
    ...(config && { side: { config: plainMap(config) } }),
    ...(metadata && { metadata }),
  })
    .findings.filter(({ rule }) => rule === 'quant/sets' || rule.startsWith('lora/'))
    .map(({ message }) => message)
}

const layouts = Object.entries(packedLayers)
/** Each tensor of each layout but a bias, which a layer need not have. */
const parts = layouts.flatMap(([layout, layer]) =>
  Object.keys(layer.entries)
    .filter((name) => !isOfAll(name) && !/bias$/.test(name) && Object.keys(layer.entries).length > 1)
    .map((name) => [layout, name, layer] as const),
)

describe('sets of packed weights', () => {
  test.each(layouts)('%s: is whole', (_, layer) => {
    expect(told(model(layer), layer)).toEqual([])
  })

  test.each(parts)('%s: %s missing in one block of four is told', (_, name, layer) => {
    for (const block of [0, 2]) {
      const entries = new Map(Object.entries(model(layer)))
      entries.delete(inBlock(name, block))
      const leaf = name.slice(name.lastIndexOf('.') + 1)
      const found = told(Object.fromEntries(entries), layer).join('\n')
      expect(found).toContain(`layers.${block}.`)
      expect(found).toContain(`"${leaf}"`)
    }
  })
})

describe('a packed weight that lacks the same everywhere', () => {
  const without = (layout: string, leaf: string): string[] => {
    const layer = packedLayers[layout] as PackedLayer
    const gone = Object.entries(model(layer)).filter(([name]) => !name.endsWith(`.${leaf}`))
    expect(gone.length).toBeLessThan(Object.keys(model(layer)).length)
    return told(Object.fromEntries(gone), layer)
  }

  test.each([
    ['GPTQ, 8 bits', 'qzeros'],
    ['GPTQ, 8 bits', 'scales'],
    ['GPTQ, 8 bits', 'qweight'],
    ['AWQ gemm', 'qweight'],
    ['HQQ, 4 bits', 'zero'],
    ['HQQ, 4 bits', 'scale'],
    ['compressed-tensors, 8 bits', 'weight_packed'],
    ['compressed-tensors, 8 bits', 'weight_scale'],
    ['NVFP4 of modelopt', 'weight_scale_2'],
    ['NVFP4 of modelopt', 'weight'],
    ['MXFP4 of Quark', 'weight'],
    ['gpt-oss of OpenAI', 'blocks'],
    ['gpt-oss of OpenAI', 'scales'],
    ['FP8 by blocks, with an activation scale', 'weight'],
    ['QuIP#', 'SU'],
    ['EXL2', 'q_scale'],
    ['EXL3', 'suh'],
    ['AWQ of Nunchaku', 'wzeros'],
    ['HIGGS', 'tables'],
  ])('%s without %s', (layout, leaf) => {
    expect(without(layout, leaf).join('\n')).toContain(`"${leaf}"`)
  })
})

describe('names that packed weights share with others', () => {
  const vector = ['F32', [512]] as const
  test.each<[string, Entries]>([
    [
      'a scale of a backbone (SSD)',
      { 'backbone.scale_weight': vector, 'backbone.features.0.weight': ['F32', [8, 3, 3, 3]] },
    ],
    ['scale and shift of a transform (nflows)', { _scale: vector, _shift: vector }],
    ['a codebook with its scales', { 'vq.codebooks': ['F32', [4, 8, 2]], 'vq.scales': vector }],
    ['zero and scale of an observer', { 'act.zero': vector, 'act.scale': vector }],
    ['a logit scale beside experts', { 'head.logit_scale': ['F32', []], 'head.w1_scale': vector }],
  ])('say nothing of %s', (_, entries) => {
    expect(told(entries, { entries, logical: 0 })).toEqual([])
  })
})

test('layers that were left unpacked in some blocks lack nothing', () => {
  const layer = packedLayers['FP8 of ComfyUI, scale_weight'] as PackedLayer
  const entries = new Map(Object.entries(model(layer)))
  for (const leaf of ['scale_weight', 'scale_input']) entries.delete(`layers.0.q.${leaf}`)
  entries.set('layers.0.q.weight', ['BF16', [96, 160]])
  expect(told(Object.fromEntries(entries), layer)).toEqual([])
})
