import type { TensorReport } from '../../model/report.ts'

/** A module of the base, as an adapter needs to know it. */
export interface BaseModule {
  readonly path: string
  /** Of the weight, packed ones unpacked; null where it has none, or its shape does not follow. */
  readonly weight: readonly number[] | null
  /** Whether it is kept `[in, out]`, as Conv1D does, by the length of its bias. */
  readonly isTransposed: boolean
}

/** How paths of an adapter become paths of its base: what they begin with, and what stands in its place. */
export interface PathRule {
  readonly adapter: string
  readonly base: string
}

const weightLeaves = new Set(['weight', 'qweight', 'packed_weight', 'weight_packed', 'W_q'])

export function baseModules(tensors: readonly TensorReport[]): Map<string, BaseModule> {
  const weights = new Map<string, readonly number[] | null>()
  const biases = new Map<string, number>()
  for (const tensor of tensors) {
    const dot = tensor.name.lastIndexOf('.')
    const [path, leaf] = [tensor.name.slice(0, Math.max(dot, 0)), tensor.name.slice(dot + 1)]
    if (weightLeaves.has(leaf)) weights.set(path, logicalShape(tensor))
    else {
      if (!weights.has(path)) weights.set(path, null)
      if (leaf === 'bias' && tensor.shape.length === 1) biases.set(path, tensor.shape[0] as number)
    }
  }
  const modules = new Map<string, BaseModule>()
  for (const [path, weight] of weights) {
    const outputs = biases.get(path)
    const isTransposed =
      weight?.length === 2 && outputs !== undefined && weight[0] !== outputs && weight[1] === outputs
    modules.set(path, { path, weight, isTransposed })
  }
  return modules
}

function logicalShape({ shape, quantised, dtype }: TensorReport): readonly number[] | null {
  if (quantised?.logicalShape !== undefined) return quantised.logicalShape
  const isFloat = dtype === null || /^(F|BF)(8|16|32|64)/.test(dtype)
  return quantised === undefined || isFloat ? shape : null
}

/** Modules that are looked at to find how paths are called in the base. */
const sampled = 24
const mostRounds = 6

/**
 * How the paths of an adapter become those of its base, by the ends they share: the wrappers of libraries
 * (`base_model.model.`, `unet.`), a model saved without its outermost module, and the paths of kohya, in which each dot is an
 * underscore. No number is part of a rule unless all paths have it: blocks are not shifted.
 */
export function pathRules(
  paths: readonly string[],
  base: ReadonlyMap<string, unknown>,
  separator: '.' | '_',
): { readonly rules: readonly PathRule[]; resolve(path: string): string | null } {
  const known = new Map([...base.keys()].map((path) => [path.replaceAll('.', separator), path]))
  const rules: PathRule[] = []
  const resolve = (path: string): string | null => {
    for (const rule of rules) {
      const found = known.get(applied(rule, path, separator) ?? '\0')
      if (found !== undefined) return found
    }
    return null
  }
  let open = paths
  for (let round = 0; round < mostRounds && open.length > 0; round++) {
    const rule = likeliest(open, [...known.keys()], separator, paths.length)
    if (rule === null) break
    rules.push(rule)
    const left = open.filter((path) => resolve(path) === null)
    if (left.length === open.length) {
      rules.pop()
      break
    }
    open = left
  }
  return { rules, resolve }
}

function applied({ adapter, base }: PathRule, path: string, separator: string): string | null {
  if (adapter !== '' && path !== adapter && !path.startsWith(adapter + separator)) return null
  const rest = adapter === '' ? path : path.slice(adapter.length + separator.length)
  return [base, rest].filter((part) => part !== '').join(separator)
}

function likeliest(
  open: readonly string[],
  known: readonly string[],
  separator: string,
  all: number,
): PathRule | null {
  const votes = new Map<string, { rule: PathRule; count: number }>()
  const step = Math.max(1, Math.floor(open.length / sampled))
  for (let at = 0; at < open.length; at += step) {
    const path = open[at] as string
    const seen = new Set<string>()
    for (const other of known) {
      const shared = sharedEnd(path, other, separator)
      if (shared === 0) continue
      const rule = { adapter: headOf(path, shared, separator), base: headOf(other, shared, separator) }
      const key = `${rule.adapter}\0${rule.base}`
      if (seen.has(key)) continue
      seen.add(key)
      const vote = votes.get(key) ?? { rule, count: 0 }
      vote.count++
      votes.set(key, vote)
    }
  }
  const isNumbered = ({ adapter, base }: PathRule) =>
    [adapter, base].some((head) => head.split(separator).some((segment) => /^\d+$/.test(segment)))
  const isShort = ({ adapter, base }: PathRule) =>
    [adapter, base].every((head) => head.split(separator).length <= (separator === '.' ? 3 : 5))
  const works = ({ rule, count }: { rule: PathRule; count: number }) =>
    isShort(rule) &&
    (!isNumbered(rule) || (open.length === all && count >= Math.ceil(open.length / step) && open.length > 1))
  const length = ({ rule }: { rule: PathRule }) => rule.adapter.length + rule.base.length
  const [best] = [...votes.values()].filter(works).sort((a, b) => b.count - a.count || length(a) - length(b))
  return best?.rule ?? null
}

/** Characters of the longest end in whole segments. */
function sharedEnd(a: string, b: string, separator: string): number {
  let at = 0
  let shared = 0
  while (at < a.length && at < b.length && a[a.length - 1 - at] === b[b.length - 1 - at]) {
    at++
    const isWhole = (text: string) => at === text.length || text[text.length - 1 - at] === separator
    if (isWhole(a) && isWhole(b)) shared = at
  }
  return shared
}

const headOf = (path: string, end: number, separator: string): string =>
  path.slice(0, Math.max(0, path.length - end - separator.length))
