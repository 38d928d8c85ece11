import { describe, expect, it } from 'vitest'
import { inspect } from '../../src/inspect.ts'
import { inspectionOf } from '../../src/model/inspection.ts'
import { outline } from '../../src/model/modules/outline.ts'
import type { StateDictReport } from '../../src/model/report.ts'
import { selected } from '../../src/model/select.ts'
import { recognisedUntrained } from '../../src/model/untrained.ts'
import { lsText } from '../../src/render/terminal/ls-text.ts'
import { loadTheme } from '../../src/render/terminal/theme.ts'
import { memorySource } from '../../src/source/memory.ts'
import { type Entries, plainMap, reportOf, tensorOf, totalsOf } from '../helpers/checkpoint.ts'

/** A tied model whose output layer was saved too: what transformers counts is in the comments. */
const model: Entries = {
  'model.embed_tokens.weight': ['F32', [20, 8]],
  'model.norm.weight': ['F32', [8]],
  'lm_head.weight': ['F32', [20, 8]],
}
const told = (entries: Entries, config: Record<string, unknown>) =>
  reportOf(entries, { side: { config: plainMap(config) } })

describe('an output layer that config.json ties to the embedding, stored beside it', () => {
  it('is counted once, its bytes as stored', () => {
    const report = told(model, { tie_word_embeddings: true })
    const totals = totalsOf(report)
    expect(totals.logicalParameters).toBe(168) // num_parameters() of the tied model
    expect(totals.parameters).toEqual({ tensors: 2, elements: 168, bytes: 328 * 4 })
    expect(totals.stored.bytes).toBe(328 * 4)
    expect(totals.tied).toEqual({ tensors: 1, elements: 160, bytes: 640 })
    expect(totals.trainable.elements).toBe(168)
    expect(tensorOf(report, 'lm_head.weight').countedAs).toBe('model.embed_tokens.weight')
    expect(report.stateDicts[0]?.notes.join()).toContain('counted once')
  })

  it.each([
    ['nothing is said', {}, model],
    ['they are not tied', { tie_word_embeddings: false }, model],
    [
      'the language model is not',
      { tie_word_embeddings: false, text_config: { tie_word_embeddings: true } },
      model,
    ],
    [
      'the shapes differ',
      { tie_word_embeddings: true },
      { ...model, 'lm_head.weight': ['F32', [20, 9]] } as Entries,
    ],
    [
      'two embeddings fit',
      { tie_word_embeddings: true },
      {
        'encoder.embed_tokens.weight': ['F32', [20, 8]],
        'decoder.embed_tokens.weight': ['F32', [20, 8]],
        'lm_head.weight': ['F32', [20, 8]],
      } as Entries,
    ],
  ])('is counted where %s', (_, config, entries) => {
    const report = told(entries, config)
    expect(totalsOf(report).tied.tensors).toBe(0)
    expect(tensorOf(report, 'lm_head.weight').countedAs).toBeUndefined()
  })

  it('is counted where its embedding was left out', () => {
    const stateDict = told(model, { tie_word_embeddings: true }).stateDicts[0] as StateDictReport
    const alone = selected(stateDict, (name) => name === 'lm_head.weight')
    expect(alone.totals.parameters.elements).toBe(160)
    expect(inspectionOf(alone).countedAs.size).toBe(0)
  })

  it('counts once wherever elements are added up', async () => {
    const stateDict = told(model, { tie_word_embeddings: true }).stateDicts[0] as StateDictReport
    const inspection = inspectionOf(stateDict)
    const counted = [...stateDict.tensors.keys()].filter((index) => inspection.isCounted(index))
    expect(counted.map((index) => inspection.table.name(index))).toEqual([
      'model.embed_tokens.weight',
      'model.norm.weight',
    ])
    const frozen = stateDict.tensors.map((tensor) => ({
      ...tensor,
      trainable: 'no' as const,
      trainableLevel: 'recognised' as const,
    }))
    expect(recognisedUntrained(inspectionOf({ ...stateDict, tensors: frozen }))[0]?.elements).toBe(168)
    const lines = [...lsText(stateDict, await loadTheme({ color: 0 }))]
    expect(lines.at(-1)).toMatch(/^3 tensors . 168 elements . 1\.31 kB$/)
  })

  it('weighs nothing in the tree', () => {
    const { root } = outline(told(model, { tie_word_embeddings: true }).stateDicts[0] as StateDictReport)
    expect(root).toMatchObject({ tensors: 3, parameters: 168, logical: 168, bytes: 328 * 4 })
  })

  it('is so in a report that is read again', async () => {
    const text = JSON.stringify(told(model, { tie_word_embeddings: true }))
    const again = await inspect(memorySource(new TextEncoder().encode(text), 'report.json'))
    expect(totalsOf(again)).toEqual(totalsOf(told(model, { tie_word_embeddings: true })))
    expect(tensorOf(again, 'lm_head.weight').countedAs).toBe('model.embed_tokens.weight')
  })
})
