import { finding } from '../findings/finding.ts'
import type { Finding } from '../model/finding.ts'
import type { Answer, Verdict } from '../model/verdict.ts'
import { carryRules } from './carry/index.ts'
import { ClaimBook, type Contradiction } from './claim-book.ts'
import { evidenceSources } from './index.ts'
import type { Subject } from './source.ts'

/** What the evidence amounts to: a verdict per tensor, in the order of the state dict, and what was noticed. */
export interface Resolution {
  readonly verdicts: readonly Verdict[]
  readonly book: ClaimBook
  readonly findings: readonly Finding[]
}

/**
 * Hears every source, carries answers along the rules that tie tensors to each other (order, ties, counts)
 * until nothing changes, and takes the strongest answer left standing for each tensor.
 */
export function resolve(subject: Subject, traced: Iterable<number> = []): Resolution {
  const book = new ClaimBook(subject.stateDict.tensors.length, traced)
  for (const source of evidenceSources) source.collect(subject, book)
  for (let changed = true, round = 0; changed && round < maximumRounds; round++) {
    changed = false
    for (const rule of carryRules) if (rule.carry(subject, book)) changed = true
  }

  const pairs = new Map<Answer<string>, Map<Answer<string>, Verdict>>()
  const verdicts = subject.stateDict.tensors.map((_, index) => {
    const best = book.kinds.best(index) ?? noKind
    const kind = best.level === 'declared' ? tempered(best, book.kinds.at(index, 'deduced')) : best
    const trainable = book.trainables.best(index) ?? noTrainable
    // Verdicts are shared: 700,000 tensors have a few hundred different pairs of reasons.
    let second = pairs.get(kind)
    if (second === undefined) {
      second = new Map()
      pairs.set(kind, second)
    }
    let verdict = second.get(trainable)
    if (verdict === undefined) {
      verdict = { kind, trainable }
      second.set(trainable, verdict)
    }
    return verdict
  })
  return { verdicts, book, findings: [...book.findings, ...contradictionFindings(subject, book)] }
}

/** Ties and order rules settle in a few rounds; a chain of modules tied to each other could take more. */
const maximumRounds = 16

const noKind: Answer<'parameter'> = {
  answer: 'parameter',
  level: 'assumed',
  reason: 'nothing speaks of it; a float entry of a state dict is mostly a parameter',
  source: 'base-rate',
}
const noTrainable: Answer<'unknown'> = {
  answer: 'unknown',
  level: 'assumed',
  reason: 'the file does not record requires_grad',
  source: 'base-rate',
}

const temperedAnswers = new WeakMap<object, Answer<'parameter' | 'buffer' | 'other'>>()

/** A declared answer that a deduction contradicts keeps its say, and loses its level: one of the two is wrong. */
function tempered(best: Verdict['kind'], deduced: Verdict['kind'] | undefined): Verdict['kind'] {
  if (deduced === undefined || deduced.answer === best.answer) return best
  let answer = temperedAnswers.get(best)
  if (answer === undefined) {
    answer = { ...best, level: 'recognised', reason: `${best.reason}; contradicted: ${deduced.reason}` }
    temperedAnswers.set(best, answer)
  }
  return answer
}

function contradictionFindings(subject: Subject, book: ClaimBook): Finding[] {
  const tell = (what: 'kind' | 'trainable' | 'declared', contradiction: Contradiction<string>): Finding => {
    const { index, first, second } = contradiction
    return finding(
      'evidence/contradiction',
      {
        what,
        first: first.answer,
        firstReason: first.reason,
        second: second.answer,
        secondReason: second.reason,
      },
      { tensor: subject.stateDict.tensors[index]?.name ?? '' },
    )
  }
  const found = [
    ...book.kinds.contradictions.map((c) => tell('kind', c)),
    ...book.trainables.contradictions.map((c) => tell('trainable', c)),
  ]
  if (book.kinds.hasAny('declared') && book.kinds.hasAny('deduced'))
    subject.stateDict.tensors.forEach((_, index) => {
      const first = book.kinds.at(index, 'declared')
      const second = book.kinds.at(index, 'deduced')
      if (first !== undefined && second !== undefined && first.answer !== second.answer) {
        found.push(tell('declared', { index, first, second }))
      }
    })
  if (found.length <= shownContradictions) return found
  const rest = finding('evidence/contradiction', { more: found.length - shownContradictions })
  return [...found.slice(0, shownContradictions), rest]
}

/** A file that contradicts itself everywhere is told so once, not 700,000 times. */
const shownContradictions = 20
