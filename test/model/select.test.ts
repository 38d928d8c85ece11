import { describe, expect, it } from 'vitest'
import { isSdinspectError } from '../../src/errors.ts'
import type { StateDictReport } from '../../src/model/report.ts'
import { chosenStateDict, selected } from '../../src/model/select.ts'
import { reportOf } from '../helpers/checkpoint.ts'

describe('selected', () => {
  const [whole] = reportOf({
    'embedding.weight': ['F32', [10, 4]],
    'head.weight': 'embedding.weight',
    'copy.weight': 'embedding.weight',
    'fc.bias': ['F32', [3]],
  }).stateDicts
  if (whole === undefined) throw new Error('there is one')

  it('counts what is left, tied tensors once', () => {
    const { totals, tensors } = selected(whole, (name) => name !== 'fc.bias')
    expect(tensors).toHaveLength(3)
    expect(totals.stored).toEqual({ tensors: 1, elements: 40, bytes: 160 })
    expect(totals.tied.tensors).toBe(2)
  })

  it('counts a tied tensor when the name it is tied to was left out', () => {
    const { totals, tensors } = selected(whole, (name) => name !== 'embedding.weight')
    expect(totals.stored).toEqual({ tensors: 2, elements: 43, bytes: 172 })
    expect(totals.tied.tensors).toBe(1)
    expect(tensors[0]?.tiedTo).toBe('embedding.weight')
  })

  it('keeps the modules that own what is left', () => {
    const all = reportOf({
      'a.weight': ['F32', [8, 4]],
      'a.bias': ['F32', [8]],
      'b.weight': ['F32', [8, 4]],
      'b.bias': ['F32', [8]],
    })
    const [stateDict] = all.stateDicts
    if (stateDict === undefined) throw new Error('there is one')
    expect(stateDict.modules.map(({ path }) => path)).toEqual(['a', 'b'])
    expect(selected(stateDict, (name) => name.startsWith('b')).modules.map(({ path }) => path)).toEqual(['b'])
  })
})

describe('chosenStateDict', () => {
  const stateDicts = [
    { path: 'optimizer', role: 'optimizer' },
    { path: 'ema', role: 'ema' },
    { path: 'model', role: 'model' },
  ] as const

  it('is the one asked for, else the model, else the first', () => {
    expect(chosenStateDict(stateDicts, 'ema')?.path).toBe('ema')
    expect(chosenStateDict(stateDicts, null)?.path).toBe('model')
    expect(chosenStateDict(stateDicts.slice(0, 2), null)?.path).toBe('optimizer')
    expect(chosenStateDict([], null)).toBeNull()
  })

  it('says what there is when the one asked for is not', () => {
    const hint = (at: string, of: readonly Pick<StateDictReport, 'path' | 'role'>[] = stateDicts) => {
      try {
        chosenStateDict(of, at)
      } catch (error) {
        if (isSdinspectError(error, 'usage/state-dict')) return error.hint
      }
      return null
    }
    expect(hint('modle')).toBe('did you mean model?')
    expect(hint('discriminator')).toBe('the checkpoint has optimizer, ema, model')
    expect(hint('x', [{ path: '', role: 'model' }])).toBe(
      'the whole file is one state dict, so leave --at out',
    )
  })
})
