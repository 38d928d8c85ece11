import { expect, test } from 'vitest'
import { statedAnywhere } from '../../src/check/structure/own-meanings.ts'
import type { Plain } from '../../src/model/checkpoint.ts'

test('numbers are found in a configuration of more keys than a call takes arguments', () => {
  const config = new Map<string, Plain>([['text_config', new Map([['vocab_size', 7]])]])
  for (let i = 0; i < 400_000; i++) config.set(`key${i}`, i)
  expect(statedAnywhere(config, 'vocab_size')).toEqual([7])
})
