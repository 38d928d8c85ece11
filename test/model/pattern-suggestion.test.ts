import { describe, expect, it } from 'vitest'
import { editDistance, nearest } from '../../src/model/names/edit-distance.ts'
import { suggestPattern } from '../../src/model/names/pattern-suggestion.ts'

const names = Array.from({ length: 32 }, (_, i) =>
  ['q_proj', 'k_proj'].map((part) => `model.layers.${i}.self_attn.${part}.weight`),
).flat()

describe('suggestPattern', () => {
  it('finds what was meant by a slip in the pattern', () => {
    expect(suggestPattern('model.layers.3', names)).toBe('model.layers.3.**')
    expect(suggestPattern('weight', names)).toBe('**.weight')
    expect(suggestPattern('*.weight', names)).toBe('**.weight')
    expect(suggestPattern('q_proj', names)).toBe('**.q_proj.**')
    expect(suggestPattern('model.layer.*.self_attn.q_proj.weight', names)).toBe(
      'model.layers.*.self_attn.q_proj.weight',
    )
    expect(suggestPattern('model.layers.*.q_proj.weight', names)).toBe(
      'model.layers.*.self_attn.q_proj.weight',
    )
    expect(suggestPattern('model.layers.{0..3}.self_attn.k_porj.weight', names)).toBe(
      'model.layers.{0..3}.self_attn.k_proj.weight',
    )
  })

  it('keeps the wildcards and sets of a pattern whose words were mistyped', () => {
    expect(suggestPattern('**.weigth', names)).toBe('**.weight')
    expect(suggestPattern('model.layers.*.self_attn.{q,k}_porj.weigth', names)).toBe(
      'model.layers.*.self_attn.q_proj.weight',
    )
  })

  it('suggests nothing where nothing is near', () => {
    expect(suggestPattern('vision.tower.zzz', names)).toBeUndefined()
    expect(suggestPattern('a', [])).toBeUndefined()
  })

  it('copes with names made to be hard', () => {
    const hard = Array.from({ length: 3_000 }, (_, i) => `${'x.'.repeat(90)}${i}a`)
    expect(suggestPattern('y'.repeat(900), hard)).toBeUndefined()
    expect(suggestPattern('q.'.repeat(90), hard)).toBeUndefined()
    const long = (i: number, end: string) => Array.from({ length: 95 }, (_, j) => `s${i}${end}${j}`).join('.')
    const many = Array.from({ length: 3_000 }, (_, i) => long(i, 'x'))
    expect(suggestPattern(long(0, 'y'), many)).toBe(long(0, 'x'))
    expect(suggestPattern('zq'.repeat(450), ['xy'.repeat(450), ...many])).toBeUndefined()
    expect(suggestPattern('{a}', ['{b}', '[', '*'])).toBeUndefined()
  })
})

describe('editDistance', () => {
  it('counts insertions, deletions, replacements and swaps of neighbours', () => {
    expect(editDistance('kitten', 'sitting', 9)).toBe(3)
    expect(editDistance('ab', 'ba', 9)).toBe(1)
    expect(editDistance('', 'abc', 9)).toBe(3)
    expect(editDistance('same', 'same', 9)).toBe(0)
  })

  it('gives up beyond what is asked for', () => {
    expect(editDistance('abcdef', 'uvwxyz', 2)).toBeGreaterThan(2)
    expect(editDistance('a', 'abcdef', 2)).toBeGreaterThan(2)
  })

  it('names the nearest word, whatever the case', () => {
    expect(nearest('Buffres', ['params', 'buffers'])).toBe('buffers')
    expect(nearest('xyz', ['params', 'buffers'])).toBeUndefined()
  })
})
