import { describe, expect, it } from 'vitest'
import { ClaimBook, Question } from '../../src/evidence/claim-book.ts'
import { type Answer, type Kind, type Level, levels } from '../../src/model/verdict.ts'
import { type Entries, reportOf, tensorOf } from '../helpers/checkpoint.ts'

const answer = (answer: Kind, level: Level, source = 'a'): Answer<Kind> => ({
  answer,
  level,
  reason: `${source} says ${answer}`,
  source,
})

describe('claims of one level that contradict each other', () => {
  it.each(['declared', 'deduced'] as const)('do not count when they are %s, and are kept', (level) => {
    const question = new Question<Kind>(2)
    question.claim(1, answer('other', 'assumed'))
    expect(question.claim(1, answer('parameter', level))).toBe(true)
    expect(question.claim(1, answer('buffer', level, 'b'))).toBe(true)
    expect(question.best(1)).toEqual(answer('other', 'assumed'))
    expect(question.at(1, level)).toBeUndefined()
    expect(question.contradictions).toEqual([
      { index: 1, first: answer('parameter', level), second: answer('buffer', level, 'b') },
    ])
    // Said once.
    expect(question.claim(1, answer('buffer', level, 'c'))).toBe(false)
    expect(question.contradictions).toHaveLength(1)
    expect(question.best(0)).toBeUndefined()
  })

  it.each(['recognised', 'assumed'] as const)('are no matter when they are %s: the first counts', (level) => {
    const question = new Question<Kind>(1)
    question.claim(0, answer('parameter', level))
    expect(question.claim(0, answer('buffer', level, 'b'))).toBe(false)
    expect(question.best(0)).toEqual(answer('parameter', level))
    expect(question.contradictions).toEqual([])
  })

  it.each(levels)('are none when both %s say the same', (level) => {
    const question = new Question<Kind>(1)
    question.claim(0, answer('buffer', level))
    expect(question.claim(0, answer('buffer', level, 'b'))).toBe(false)
    expect(question.best(0)).toEqual(answer('buffer', level))
    expect(question.contradictions).toEqual([])
  })
})

describe('the strongest claim', () => {
  it('counts, in whatever order they come', () => {
    const question = new Question<Kind>(1)
    for (const level of [...levels].reverse()) {
      question.claim(0, answer('buffer', level, level))
      expect(question.best(0)?.level).toBe(level)
    }
    expect(question.at(0, 'recognised')?.source).toBe('recognised')
  })
})

it('lets a rule that speaks once speak once for each book', () => {
  const book = new ClaimBook(0, 1)
  expect([book.isFirst('a'), book.isFirst('b'), book.isFirst('a')]).toEqual([true, true, false])
  expect(new ClaimBook(0, 1).isFirst('a')).toBe(true)
})

describe('rules that carry answers', () => {
  /** Each block is tied to what the order rule says of the one before it, so it takes a round a block. */
  const chain = (blocks: number): Entries => {
    const entries: [string, Entries[string]][] = [
      ['norm.weight', ['F32', [8]]],
      ['norm.bias', ['F32', [8]]],
      ['norm.running_mean', ['F32', [8]]],
      ['norm.running_var', ['F32', [8]]],
      ['norm.num_batches_tracked', ['I64', []]],
    ]
    let tie = 'norm.running_var'
    for (let block = 0; block < blocks; block++) {
      entries.push([`b${block}.again`, tie], [`b${block}.table`, ['F32', [3, 5, 7, block + 2, 2, 2]]])
      tie = `b${block}.table`
    }
    return Object.fromEntries(entries)
  }

  it('run until nothing changes', () => {
    const report = reportOf(chain(6), { order: 'registration' })
    for (let block = 0; block < 6; block++)
      expect(tensorOf(report, `b${block}.table`)).toMatchObject({ kind: 'buffer', kindLevel: 'recognised' })
  })

  it('say why of a tied tensor in words that stand for themselves', () => {
    const report = reportOf(chain(3), { order: 'registration' })
    expect(tensorOf(report, 'b0.again').kindReason).toBe(
      `the same memory as another entry, of which this is known: ${tensorOf(report, 'norm.running_var').kindReason}`,
    )
  })
})
