import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { ModuleView } from '../../src/evidence/module-view.ts'
import { seenIn } from '../../src/evidence/token-features.ts'
import { tableOf, weightsOf } from '../../src/evidence/token-table.ts'
import { table } from '../../src/evidence/token-table-text.ts'
import { explain } from '../../src/explain.ts'
import type { StateDict } from '../../src/model/checkpoint.ts'
import { checkpointOf, reportOf, tensorOf } from '../helpers/checkpoint.ts'

// What the names are is that of public classes: `table` and `ema_mean` are made up, `alpha` is in many.
const odd = {
  'm.lin.weight': ['F32', [4, 4]],
  'm.odd.offset_table': ['F32', [7]],
  'm.odd.alpha': ['F32', [3]],
} as const

describe('what is assumed of a tensor that nothing speaks of', () => {
  it('has a probability, and stays assumed', () => {
    const tensor = tensorOf(reportOf(odd), 'm.odd.alpha')
    expect(tensor.kindLevel).toBe('assumed')
    expect(tensor.kindProbability).toBeGreaterThan(0.4)
    expect(tensor.kindProbability).toBeLessThan(1)
  })

  it('has none where something speaks', () => {
    const report = reportOf({
      'norm.weight': ['F32', [8]],
      'norm.bias': ['F32', [8]],
      'lin.weight': ['F32', [8, 8]],
    })
    for (const { kindLevel, kindProbability } of report.stateDicts[0]?.tensors ?? [])
      if (kindLevel !== 'assumed') expect(kindProbability).toBeUndefined()
  })

  it('takes no weight or bias for a buffer for what is beside it', () => {
    // IBert's norm has a buffer `shift` beside weight and bias (transformers, modeling_ibert.py).
    const report = reportOf({
      'a.LayerNorm.weight': ['F32', [32]],
      'a.LayerNorm.bias': ['F32', [32]],
      'a.LayerNorm.shift': ['F32', [1]],
    })
    expect(tensorOf(report, 'a.LayerNorm.weight').kind).toBe('parameter')
    expect(tensorOf(report, 'a.LayerNorm.bias').kind).toBe('parameter')
  })

  it('is told by why, with the odds', () => {
    const checkpoint = checkpointOf(odd)
    const [one] = explain(checkpoint, checkpoint.stateDicts[0] as StateDict, (name) => name === 'm.odd.alpha')
    expect(one?.kind.probability).toBe(tensorOf(reportOf(odd), 'm.odd.alpha').kindProbability)
  })
})

describe('the table of words', () => {
  it('is small, and reads as it is written', () => {
    expect(Buffer.byteLength(table)).toBeLessThanOrEqual(60_000)
    expect(tableOf(weightsOf(table))).toBe(table)
  })

  it('costs nothing on transformers when it has not seen it, and is calibrated within five points on odd libraries', () => {
    const page = readFileSync(new URL('../../docs/assumed.md', import.meta.url), 'utf8')
    const cells = (library: string) =>
      (page.split('\n').find((line) => line.startsWith(`| ${library} |`)) ?? '')
        .split('|')
        .map((cell) => cell.trim())
    expect(cells('transformers').slice(3, 7)).toEqual(['0', '0', '0', '0'])
    const [, , , before, mended, broken, , wrong, expected] = cells('**libraries no rule was made for**')
    expect(Number(mended)).toBeGreaterThan(Number(broken))
    expect(Number(before)).toBeGreaterThan(0)
    expect(Math.abs(Number.parseFloat(wrong ?? '') - Number.parseFloat(expected ?? ''))).toBeLessThanOrEqual(
      5,
    )
  })
})

describe('what is seen of a tensor', () => {
  it('is a few of its siblings, however many there are', () => {
    let looked = 0
    const tensor = { dtype: 'F32', shape: [2], elements: 2, bytes: 8 } as const
    const own = {
      *values() {
        for (let i = 0; i < 1_000_000; i++) {
          looked++
          yield { leaf: `w${i}`, index: i, tensor }
        }
      },
    }
    const view = { own, name: 'm', parent: undefined } as unknown as ModuleView
    expect(seenIn(view, { leaf: 'w0', index: 0, tensor }).siblings).toHaveLength(12)
    expect(looked).toBeLessThan(20)
  })
})
