import { expect, test } from 'vitest'
import { checked, findingTexts } from '../helpers/check.ts'
import { type Entries, plainMap } from '../helpers/checkpoint.ts'

// What PEFT 0.21 and the Trainer of transformers 5.24 write.

const pair: Entries = {
  'base_model.model.bert.q.lora_A.weight': ['F32', [4, 8]],
  'base_model.model.bert.q.lora_B.weight': ['F32', [8, 4]],
}

function told(entries: Entries, name: string, settings: Readonly<Record<string, unknown>> = {}): string[] {
  const adapterConfig = plainMap({ peft_type: 'LORA', r: 4, target_modules: ['q'], ...settings })
  const files = [{ name, bytes: 1, role: 'weights' as const }]
  return findingTexts(checked(entries, { side: { adapterConfig }, files }))
}

test('what a trainer keeps beside an adapter is none', () => {
  const moments: Entries = {
    'state.0.step': ['F32', []],
    'state.0.exp_avg': ['F32', [4, 8]],
    'state.0.exp_avg_sq': ['F32', [4, 8]],
  }
  for (const name of [
    'optimizer.pt',
    'rng_state.pth',
    'rng_state_0.pth',
    'scheduler.pt',
    'random_states_0.pkl',
  ])
    expect(told(moments, name), name).toEqual([])
  expect(told(moments, 'adapter_model.safetensors').join()).toContain(
    'none of the 3 tensors is half of a LoRA pair',
  )
})

test('PEFT names both heads of classifiers, of which one is there', () => {
  const settings = { modules_to_save: ['classifier', 'score'] }
  const classifier: Entries = { ...pair, 'base_model.model.classifier.weight': ['F32', [2, 8]] }
  const score: Entries = { ...pair, 'base_model.model.score.weight': ['F32', [2, 8]] }
  expect(told(classifier, 'adapter_model.safetensors', settings)).toEqual([])
  expect(told(score, 'adapter_model.safetensors', settings)).toEqual([])
  expect(told(pair, 'adapter_model.safetensors', settings).join()).toContain('"classifier", "score"')
  const more = { modules_to_save: ['classifier', 'score', 'pooler'] }
  expect(told(classifier, 'adapter_model.safetensors', more).join()).toMatch(/names "pooler" among/)
})
