import { describe, expect, test } from 'vitest'
import { withCausesFirst } from '../../src/check/findings/causes.ts'
import type { CheckFinding } from '../../src/check/findings/check-finding.ts'
import type { FindingArgs } from '../../src/model/finding.ts'
import { checked, heldTo } from '../helpers/check.ts'
import type { Entries } from '../helpers/checkpoint.ts'

const matrix = (rows: number, columns: number) => ['F32', [rows, columns]] as const
const layers = (count: number, below = 'layers'): Entries =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`${below}.${i}.weight`, matrix(4, 4)]))

/** Rules that are told of a checkpoint under a policy, with those that are told to follow. */
function told(entries: Entries, policy: string): string[] {
  const { findings } = checked(entries, { options: heldTo(`version: 1\n${policy}`) })
  return withCausesFirst(findings as readonly CheckFinding[]).map(
    ({ rule, message }) => rule + (/ \(([^)]*)\)$/.exec(message.split('; and ')[1] ?? '')?.[0] ?? ''),
  )
}

describe('beside tensors nobody expects', () => {
  const policy = (count: number, counts = ''): string =>
    `tensors: [{ match: "layers.**", count: ${count} }]\nallowed: ["layers.**"]\nrules: { tensors/unexpected: error }\n${counts}`

  test('a number of others is told by itself', () => {
    // One layer too few, and one tensor that is none of them.
    expect(told({ ...layers(3), 'a.weight': matrix(4, 4), 'b.weight': matrix(4, 4) }, policy(4))).toEqual([
      'tensors/count',
      'tensors/unexpected',
      'tensors/unexpected',
    ])
    expect(told({ ...layers(5), 'a.weight': matrix(4, 4) }, policy(4))).toEqual([
      'tensors/count',
      'tensors/unexpected',
    ])
  })

  test('as many too few follow: they have other names', () => {
    expect(told({ ...layers(2), ...layers(2, 'blocks') }, policy(4))).toEqual([
      'tensors/unexpected (tensors/count)',
    ])
  })

  test('follows a sum that is too high by them, and no other', () => {
    const entries = { ...layers(4), 'a.weight': matrix(4, 4) }
    expect(told(entries, policy(4, 'counts: { tensors: 4 }'))).toEqual([
      'tensors/unexpected (counts/tensors)',
    ])
    expect(told(entries, policy(4, 'counts: { tensors: 3 }'))).toEqual([
      'tensors/unexpected',
      'counts/tensors',
    ])
    expect(told(entries, policy(4, 'counts: { tensors: 9 }'))).toEqual([
      'tensors/unexpected',
      'counts/tensors',
    ])
    expect(told(entries, policy(4, 'counts: { parameters: 64 }'))).toEqual([
      'tensors/unexpected (counts/parameters)',
    ])
    expect(told(entries, policy(4, 'counts: { parameters: 1000 }'))).toEqual([
      'tensors/unexpected',
      'counts/parameters',
    ])
  })
})

describe('of tensors that are missing', () => {
  test('what is less follows, and what is more does not', () => {
    const policy = (parameters: number) =>
      `tensors: [{ match: "layers.**" }, { match: norm.weight }, { match: head.weight }]\ncounts: { parameters: ${parameters} }`
    expect(told(layers(4), policy(100))).toEqual(['tensors/required (counts/parameters)', 'tensors/required'])
    expect(told(layers(4), policy(10))).toEqual(['tensors/required', 'tensors/required', 'counts/parameters'])
  })
})

describe('of a shape that is another', () => {
  test('the elements follow, and not how many tensors there are', () => {
    expect(
      told(
        layers(4),
        'tensors: [{ match: layers.0.weight, shape: [4, 8] }]\ncounts: { parameters: 80, tensors: 5 }',
      ),
    ).toEqual(['tensors/shape (counts/parameters)', 'counts/tensors'])
  })
})

describe('a finding that follows', () => {
  const one = (rule: string, args: FindingArgs): CheckFinding =>
    ({
      path: 'm',
      message: 'm',
      suppressed: null,
      level: 'error',
      tensor: null,
      rule,
      args,
    }) as unknown as CheckFinding
  const count = one('counts/tensors', { count: 8, min: 9, max: 9 })
  const cause = one('blocks/consistent', { difference: 'missing' })

  test('is told with its cause, and that first', () => {
    const found = withCausesFirst([count, one('tensors/shape', {}), cause])
    expect(found.map(({ rule, message }) => [rule, message])).toEqual([
      ['blocks/consistent', 'm; and 1 finding that follows (counts/tensors)'],
      ['tensors/shape', 'm'],
    ])
  })

  test('is told by itself where it fails and the cause does not, or the cause is suppressed or of another checkpoint', () => {
    for (const no of [
      { ...cause, level: 'warning' as const },
      { ...cause, path: 'other' },
      { ...cause, suppressed: { by: 'policy' as const, reason: 'known' } },
    ])
      expect(withCausesFirst([count, no])).toEqual([count, no])
  })

  test.each<[title: string, cause: CheckFinding, finding: CheckFinding]>([
    ['a block of another type', one('blocks/consistent', { difference: 'type' }), count],
    ['a block of another shape', one('blocks/consistent', { difference: 'shape' }), count],
    ['a block that lacks a tensor', cause, one('counts/tensors', { count: 10, min: 9, max: 9 })],
    [
      'an optimizer beside the model',
      one('contents/training-state', { what: 'state-dict' }),
      one('counts/parameters', { count: 10, min: 9, max: 9 }),
    ],
    [
      'an optimizer among the tensors',
      one('contents/training-state', { what: 'tensors', tensors: ['exp_avg.0', 'exp_avg.1'] }),
      { ...one('tensors/unexpected', { name: 'head.bias', count: 1 }), tensor: 'head.bias' },
    ],
    ['another type', one('tensors/dtype', {}), one('counts/parameters', { count: 10, min: 9, max: 9 })],
    ['a shard twice', one('shards/duplicate-tensor', {}), one('index/total-size', { said: '100', held: 50 })],
    [
      'a shard that is missing',
      one('index/missing-shard', {}),
      one('size/total', { bytes: 10, min: 0, max: 9 }),
    ],
  ])('is none where %s cannot be why', (_, why, finding) => {
    expect(withCausesFirst([finding, why])).toEqual([finding, why])
  })
})
