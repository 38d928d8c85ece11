import { numberSet } from '../modules/fold.ts'
import type { TensorStatistics } from './statistics.ts'

/** Tensors of alike blocks as one: `layers.{0..31}.mlp.weight`. */
export interface FoldedStatistics {
  readonly label: string
  /** In the order they came. */
  readonly members: readonly TensorStatistics[]
  /** The one whose deviation is that of most: the median. */
  readonly typical: TensorStatistics
  /** Those that fall out of line: not finite where others are, or a deviation of more than twice or less than half the median. */
  readonly odd: readonly TensorStatistics[]
}

/** How many times the median a deviation is that falls out of line; or what part of it. */
const oddRatio = 2

/** Folds tensors of one type and shape whose names differ in numbers only. A fold stands where its first member stood. */
export function foldedStatistics(tensors: readonly TensorStatistics[]): readonly FoldedStatistics[] {
  const groups = new Map<string, TensorStatistics[]>()
  for (const tensor of tensors) {
    const { name, part, dtype, shape } = tensor
    const template = segmentsOf(name)
      .map((segment) => (isNumber(segment) ? '#' : segment))
      .join('.')
    const key = JSON.stringify([template, part, dtype, shape])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [tensor])
    else group.push(tensor)
  }
  return [...groups.values()].map(folded)
}

function folded(members: TensorStatistics[]): FoldedStatistics {
  const byDeviation = [...members].sort((a, b) => (a.values.std ?? -1) - (b.values.std ?? -1))
  const typical = byDeviation[byDeviation.length >> 1] as TensorStatistics
  const odd = members.length === 1 ? [] : members.filter((member) => isOdd(member, typical))
  return { label: labelOf(members), members, typical, odd }
}

function isOdd({ values }: TensorStatistics, { values: typical }: TensorStatistics): boolean {
  const isAllFinite = values.nan + values.positiveInfinity + values.negativeInfinity === 0
  if (isAllFinite !== (typical.nan + typical.positiveInfinity + typical.negativeInfinity === 0)) return true
  const [own, median] = [values.std ?? 0, typical.std ?? 0]
  return own > oddRatio * median || own * oddRatio < median
}

function labelOf(members: readonly TensorStatistics[]): string {
  const [first] = members as [TensorStatistics]
  const names = members.map(({ name }) => segmentsOf(name))
  const sets = segmentsOf(first.name).map((_, i) => [...new Set(names.map((each) => each[i] as string))])
  const combinations = sets.reduce((product, set) => product * set.length, 1)
  return sets
    .map((set) => (set.length === 1 ? set[0] : combinations === members.length ? numberSet(set) : '*'))
    .join('.')
}

function segmentsOf(name: string): string[] {
  return name.split('.')
}

function isNumber(segment: string): boolean {
  return /^\d{1,15}$/.test(segment)
}
