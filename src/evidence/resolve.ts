import { finding } from '../findings/finding.ts'
import type { Finding } from '../model/finding.ts'
import { Pairs } from '../model/tensors/hash.ts'
import type { Answer, Kind, Verdict } from '../model/verdict.ts'
import { carryRules } from './carry/index.ts'
import { ClaimBook, type Contradiction } from './claim-book.ts'
import { type Family, familiesOf } from './families.ts'
import { Hearing } from './hearing.ts'
import { evidenceSources } from './index.ts'
import { saidAgainst } from './said-against.ts'
import { saidToTrain } from './said-to-train.ts'
import type { Subject } from './source.ts'
import { breakTies } from './token-model.ts'

/** What the evidence amounts to: a verdict for each tensor, and what was noticed. */
export interface Resolution {
  /** By tensor: the number of its verdict. */
  readonly verdicts: Uint32Array
  /** Verdicts by number. */
  readonly pool: readonly Verdict[]
  readonly book: ClaimBook
  readonly findings: readonly Finding[]
}

/**
 * Hears every source, carries answers along the rules that tie tensors to each other (order, ties, counts)
 * until nothing changes, and takes the strongest answer left standing for each tensor.
 *
 * @param families how modules are taken together: each source that sees one module hears of the first of each
 */
export function resolve(
  subject: Subject,
  traced: Iterable<number> | 'all' = [],
  families: readonly Family[] = familiesOf(subject.tree, subject.table),
): Resolution {
  return settled(subject, heard(subject, traced, families))
}

/** What is known before any values are looked at. */
export interface Heard {
  readonly book: ClaimBook
  readonly families: readonly Family[]
}

/** The first half of `resolve`: nothing in it rests on values. */
export function heard(
  subject: Subject,
  traced: Iterable<number> | 'all' = [],
  families: readonly Family[] = familiesOf(subject.tree, subject.table),
): Heard {
  const book = new ClaimBook(subject.table.length, subject.tree.size, traced)
  const hearing = new Hearing(subject, book, families)
  for (const source of evidenceSources) if (source.isLast !== true) hearing.hear(source)
  for (let changed = true, round = 0; changed && round < maximumRounds; round++) {
    changed = false
    for (const rule of carryRules) if (rule.carry(subject, book)) changed = true
  }
  return { book, families }
}

/** The second half. What was heard is used up by it. */
export function settled(subject: Subject, { book, families }: Heard): Resolution {
  const hearing = new Hearing(subject, book, families)
  for (const source of evidenceSources) if (source.isLast === true) hearing.hear(source)
  breakTies(subject, book, families)
  saidToTrain(subject, book)
  return {
    ...verdictsOf(book, subject.table.length),
    book,
    findings: [...book.findings, ...contradictionFindings(subject, book), ...saidAgainst(subject, book)],
  }
}

/** Verdicts are shared: 700,000 tensors have a few hundred different pairs of reasons. */
function verdictsOf(book: ClaimBook, size: number): Pick<Resolution, 'verdicts' | 'pool'> {
  const { kinds, trainables } = book
  const pool: Verdict[] = []
  const pairs = new Pairs()
  const mayTemper = kinds.hasAny('declared') && kinds.hasAny('deduced')
  const tempered = new Map<string, Answer<Kind>>()
  const verdicts = new Uint32Array(size)
  for (let index = 0; index < size; index++) {
    let kindId = kinds.bestId(index)
    if (mayTemper && kindId >= 0) {
      const best = kinds.pool.answers[kindId] as Answer<Kind>
      const deduced = best.level === 'declared' ? kinds.at(index, 'deduced') : undefined
      if (deduced !== undefined && deduced.answer !== best.answer) {
        const key = `${kindId} ${deduced.reason}`
        let answer = tempered.get(key)
        if (answer === undefined) {
          answer = temper(best, deduced)
          tempered.set(key, answer)
        }
        kindId = kinds.pool.id(answer)
      }
    }
    const trainableId = trainables.bestId(index)
    const id = pairs.id(kindId + 1, trainableId + 1)
    if (id === pool.length)
      pool.push({
        kind: kinds.pool.answers[kindId] ?? noKind,
        trainable: trainables.pool.answers[trainableId] ?? noTrainable,
      })
    verdicts[index] = id
  }
  return { verdicts, pool }
}

/** Ties and order rules settle in a few rounds; a chain of modules tied to each other could take more. */
const maximumRounds = 16

const noKind: Answer<'parameter'> = {
  answer: 'parameter',
  level: 'assumed',
  reason: 'a guess: a float entry of a state dict is mostly a parameter',
  source: 'base-rate',
}
const noTrainable: Answer<'unknown'> = {
  answer: 'unknown',
  level: 'assumed',
  reason: 'the file does not record requires_grad',
  source: 'base-rate',
}

/** A declared answer that a deduction contradicts keeps its say, and loses its level: one of the two is wrong. */
function temper(best: Answer<Kind>, deduced: Answer<Kind>): Answer<Kind> {
  return { ...best, level: 'recognised', reason: `${best.reason}; contradicted: ${deduced.reason}` }
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
      { tensor: subject.stateDict.tensors.at(index)?.name ?? '' },
    )
  }
  const found = [
    ...book.kinds.contradictions.map((c) => tell('kind', c)),
    ...book.trainables.contradictions.map((c) => tell('trainable', c)),
  ]
  for (const question of [book.kinds, book.trainables]) {
    if (!question.hasAny('declared') || !question.hasAny('deduced')) continue
    subject.stateDict.tensors.forEach((_, index) => {
      const first = question.at(index, 'declared')
      const second = question.at(index, 'deduced')
      if (first !== undefined && second !== undefined && first.answer !== second.answer) {
        found.push(tell('declared', { index, first, second }))
      }
    })
  }
  if (found.length <= shownContradictions) return found
  const rest = finding('evidence/contradiction', { more: found.length - shownContradictions })
  return [...found.slice(0, shownContradictions), rest]
}

/** A file that contradicts itself everywhere is told so once, not 700,000 times. */
const shownContradictions = 20
