import type { FindingArg } from '../../model/finding.ts'
import { foldedNames } from '../../model/names/folded-names.ts'
import type { CheckFinding } from './check-finding.ts'

/** Of the findings of a rule, which others would not be there without them, as far as findings tell. */
export type Follows = (causes: readonly CheckFinding[]) => (finding: CheckFinding) => boolean

/** Numbers of elements and bytes. */
export const amounts = [
  'counts/buffers',
  'counts/logical',
  'counts/parameters',
  'counts/trainable',
  'size/file',
  'size/total',
]
/** Numbers of tensors, and of the blocks they make. */
const tensorCounts = ['counts/tensors', 'tensors/count', 'config/layers', 'config/experts']
export const numbers = [...amounts, ...tensorCounts]

/** The findings of these rules, whatever they say. */
export function anyOf(...rules: readonly string[]): Follows {
  return () =>
    ({ rule }) =>
      rules.includes(rule)
}

/** Those of these rules that say that there is less than there should be: what is missing makes nothing more. */
export function lessOf(...rules: readonly string[]): Follows {
  return () => (finding) => rules.includes(finding.rule) && excessOf(finding) <= 0
}

export function moreOf(...rules: readonly string[]): Follows {
  return () => (finding) => rules.includes(finding.rule) && excessOf(finding) >= 0
}

/** What is not as a lock says, of these sorts. */
export function driftOf(...sorts: readonly string[]): Follows {
  return () =>
    ({ rule, args }) =>
      rule === 'lock/drift' && sorts.includes(String(args.what))
}

export function either(...ways: readonly Follows[]): Follows {
  return (causes) => {
    const made = ways.map((way) => way(causes))
    return (finding) => made.some((follows) => follows(finding))
  }
}

export function both(one: Follows, other: Follows): Follows {
  return (causes) => {
    const [a, b] = [one(causes), other(causes)]
    return (finding) => a(finding) && b(finding)
  }
}

/** Where one of the causes is so, and for all of them where none is asked for. */
export function where(is: (cause: CheckFinding) => boolean, follows: Follows): Follows {
  return (causes) => {
    const some = causes.filter(is)
    return some.length === 0 ? () => false : follows(some)
  }
}

/** What is missing: a shard, tensors, a block. */
export const lost: Follows = either(lessOf(...numbers), driftOf('missing'), anyOf('tensors/required'))

/** What is missing under places that each cause names. */
export function lostUnder(named: (cause: CheckFinding) => readonly string[]): Follows {
  return either(lessOf(...numbers), both(under(named), either(anyOf('tensors/required'), driftOf('missing'))))
}

/** Findings about a tensor of which the cause speaks too; about any, where the cause is of more than are told. */
export const ofSameTensor: Follows = (causes) => {
  const tensors = new Set(causes.map(({ tensor }) => tensor))
  const isCapped = causes.some(({ args }) => 'more' in args)
  return ({ tensor }) => isCapped || tensors.has(tensor)
}

/** Findings about tensors that stand, by name, under what each cause names. */
export function under(named: (cause: CheckFinding) => readonly string[]): Follows {
  return (causes) => {
    const names = causes.flatMap(named)
    const places = [...names, ...foldedNames(names).map(({ name }) => name)]
    const all = new Set(places)
    return ({ tensor }) => {
      if (tensor === null) return false
      for (let end = tensor.length; end > 0; end = tensor.lastIndexOf('.', end - 1))
        if (all.has(tensor.slice(0, end))) return true
      return false
    }
  }
}

/** The texts of a fact that is a list of them. */
export function textsOf(arg: FindingArg | undefined): readonly string[] {
  return Array.isArray(arg) ? arg.filter((one): one is string => typeof one === 'string') : []
}

/**
 * How much more there is than a finding says there should be, below zero for less; 0 for a finding that does not say, which
 * fits both.
 */
export function excessOf({ args }: CheckFinding): number {
  const there = [args.count, args.bytes, args.there, args.held].find((one) => typeof one === 'number')
  const least = args.min ?? args.said
  const most = 'max' in args ? args.max : args.said
  if (there === undefined) return 0
  if (least !== undefined && least !== null && there < Number(least)) return there - Number(least)
  return most !== undefined && most !== null && there > Number(most) ? there - Number(most) : 0
}
