import type { Answer, Kind } from '../model/verdict.ts'
import { ModuleView } from './module-view.ts'
import { patternOf } from './patterns/index.ts'
import { numbersFor, type Pattern } from './patterns/pattern.ts'
import { wasTrained } from './patterns/trained.ts'
import type { Claims, EvidenceSource, Subject } from './source.ts'
import { seenIn, tokenFeatures } from './token-features.ts'
import { bufferProbability, isTakenForBuffer } from './token-model.ts'

/** How much likelier a pattern is of a buffer than of a parameter, in log odds. */
type Odds = Readonly<Record<Pattern['weight'] | 'none', number>>

/** By whether the model was trained: parameters begin as regular as tables. */
const odds: Readonly<Record<Exclude<ReturnType<typeof wasTrained>, 'no'>, Odds>> = {
  yes: { never: 8, table: 5, series: 5, round: 4, hint: 1, none: -0.8 },
  unknown: { never: 8, table: 3, series: 0, round: 0, hint: 0, none: 0 },
  'no parameters': { never: 8, table: 2, series: 0, round: 0, hint: 0, none: 0 },
}

/** From here on a table of a trained model is recognised. Its name speaks in it too. */
const sure = 0.98

/**
 * What the values of small tensors look like that nothing else speaks of: a table that a formula gives is no parameter that
 * was trained. Silent on a model that looks untrained, where parameters are as regular as tables.
 */
export const valuePatterns: EvidenceSource = {
  id: 'values',
  title: 'Values that no training leaves behind',
  isLast: true,
  collect(subject, claims) {
    const { seen } = subject.stateDict
    if (seen === undefined || seen.unknown.size === 0) return
    const trained = wasTrained(subject, seen)
    if (trained === 'no') return
    const ties = tiesOf(subject)
    for (const [index, values] of seen.unknown) {
      const { table } = subject
      const numbers = numbersFor(values, table.shape(index), table.dtype(index))
      if (numbers === null) continue
      const pattern = patternOf(numbers)
      const weight = odds[trained][pattern?.weight ?? 'none']
      if (weight !== 0) claim(subject, index, { pattern, weight, isTrained: trained === 'yes' }, ties, claims)
    }
  },
}

interface Seen {
  readonly pattern: Pattern | null
  readonly weight: number
  readonly isTrained: boolean
}

function claim(
  subject: Subject,
  index: number,
  { pattern, weight, isTrained }: Seen,
  ties: ReadonlyMap<string, readonly number[]>,
  claims: Claims,
): void {
  const { table, tree } = subject
  const view = new ModuleView(subject, tree.owners[index] as number)
  const leaf = tree.leafOf(index)
  const own = view.own.get(leaf)
  if (own === undefined) return
  const named = bufferProbability(tokenFeatures(seenIn(view, own)))
  const probability = 1 / (1 + Math.exp(-(Math.log(named / (1 - named)) + weight)))
  const withoutValues: Kind = isTakenForBuffer(leaf, named) ? 'buffer' : 'parameter'
  const isBuffer = isTakenForBuffer(leaf, probability)
  const isTable = probability >= sure && (pattern?.weight === 'never' || (isTrained && isComputed(pattern)))
  const percent = Math.min(99, Math.max(1, Math.round(100 * (isBuffer ? probability : 1 - probability))))
  const answer: Answer<Kind> = {
    answer: isBuffer ? 'buffer' : 'parameter',
    level: isTable ? 'recognised' : 'assumed',
    reason:
      pattern === null
        ? 'a guess: its values look like what training leaves'
        : isTable
          ? `its values are ${pattern.text}`
          : `a guess by its values and its name: they are ${pattern.text}`,
    source: 'values',
    ...(isTable ? {} : { probability: percent / 100 }),
    withoutValues,
  }
  claims.kind(index, answer)
  for (const tied of ties.get(table.name(index)) ?? []) claims.kind(tied, answer)
}

function isComputed(pattern: Pattern | null): boolean {
  return pattern?.weight === 'table' || pattern?.weight === 'series'
}

/** Tensors by the name of the one they are tied to. */
function tiesOf({ table }: Subject): ReadonlyMap<string, readonly number[]> {
  const ties = new Map<string, number[]>()
  table.columns.ties.forEach((first, index) => {
    const known = ties.get(first)
    if (known === undefined) ties.set(first, [index])
    else known.push(index)
  })
  return ties
}
