import { describe, expect, test } from 'vitest'
import { catalogue, type RuleId } from '../../src/findings/catalogue.ts'
import { finding } from '../../src/findings/finding.ts'

describe('a finding', () => {
  test('has its level, its message and what to do from the catalogue, and keeps its facts', () => {
    expect(
      finding(
        'index/missing-shard',
        { shards: ['a-1.safetensors', 'a-2.safetensors'] },
        { key: 'a-1.safetensors' },
      ),
    ).toEqual({
      rule: 'index/missing-shard',
      level: 'error',
      message: '2 shards are missing: "a-1.safetensors" and "a-2.safetensors"',
      key: 'a-1.safetensors',
      args: { shards: ['a-1.safetensors', 'a-2.safetensors'] },
      fix: 'download them',
    })
  })

  test('may be worse or milder than the others of its kind, and have nothing to add to the page of its rule', () => {
    const gap = { of: 3, there: 2, missing: ['2'] }
    expect(finding('shards/incomplete', { ...gap, isIndexed: false })).toMatchObject({
      level: 'error',
      fix: 'download the missing shards',
    })
    const indexed = finding('shards/incomplete', { ...gap, isIndexed: true })
    expect(indexed.level).toBe('warning')
    expect('fix' in indexed).toBe(false)
  })

  test('has no facts where its message is made of none, and leaves out what it is not about', () => {
    expect(Object.keys(finding('format/null-metadata', {}, { file: 'm', tensor: undefined }))).toEqual([
      'rule',
      'level',
      'message',
      'file',
    ])
  })

  test('is compiled against the facts of its rule and what it has to be about', () => {
    // @ts-expect-error no such rule
    expect(() => finding('index/missing-shards', { shards: [] }, { key: '' })).toThrow()
    // @ts-expect-error another fact
    finding('index/missing-shard', { shards: [], tensors: [] }, { key: '' })
    // @ts-expect-error a fact of another type
    finding('shards/one-of-several', { number: '1', of: 2 })
    // @ts-expect-error not about a key
    finding('index/missing-shard', { shards: [] }, { file: 'a' })
    // @ts-expect-error about nothing
    finding('index/missing-shard', { shards: [] })
    finding('shards/one-of-several', { number: 1, of: 2 })
  })
})

test('every id is an area and a name', () => {
  for (const id of Object.keys(catalogue) as RuleId[]) expect(id).toMatch(/^[a-z0-9-]+\/[a-z0-9-]+$/)
})
