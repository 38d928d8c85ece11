import { expect, test } from 'vitest'
import { statedAnywhere } from '../../src/check/structure/own-meanings.ts'
import type { Plain } from '../../src/model/checkpoint.ts'
import { checked, findingTexts } from '../helpers/check.ts'
import { plainMap } from '../helpers/checkpoint.ts'

test('numbers are found in a configuration of more keys than a call takes arguments', () => {
  const config = new Map<string, Plain>([['text_config', new Map([['vocab_size', 7]])]])
  for (let i = 0; i < 400_000; i++) config.set(`key${i}`, i)
  expect(statedAnywhere(config, 'vocab_size')).toEqual([7])
})

test('an embedding within may be as wide as the model around it: csm', () => {
  const widths = (around: number): string[] => {
    const config = plainMap({
      hidden_size: 8,
      depth_decoder_config: { hidden_size: 8, backbone_hidden_size: around },
    })
    const entries = { 'depth_decoder.model.embed_tokens.weight': ['F32', [40, 16]] } as const
    return findingTexts(checked(entries, { side: { config } }))
  }
  expect(widths(16)).toEqual([])
  expect(widths(8)).toEqual([expect.stringContaining('config/width')])
})
