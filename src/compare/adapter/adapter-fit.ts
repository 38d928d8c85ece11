import type { StateDictReport, TensorReport } from '../../model/report.ts'
import { sameShape } from '../../model/tensors/shape.ts'
import { type BaseModule, baseModules, type PathRule, pathRules } from './adapter-base.ts'
import { type AdapterContents, adapterContents } from './adapter-parts.ts'
import { adapterShapes } from './adapter-shapes.ts'

/** Whether an adapter fits the base it is compared with, and on which modules of it. */
export interface AdapterFit {
  /** Which of the two is the adapter. */
  readonly side: 'a' | 'b'
  /** `LoRA`, `DoRA`, `LoHa`, `LoKr`, `IA3`, … */
  readonly methods: readonly string[]
  /** Ascending. */
  readonly ranks: readonly number[]
  /** `no`: something is missing or of another shape. `unknown`: nothing is, and shapes of some were not compared. */
  readonly fits: 'yes' | 'no' | 'unknown'
  /** Modules that the adapter has something for. */
  readonly modules: number
  /** Of those: modules of the base, as it calls them, with the method and rank. */
  readonly on: readonly { readonly module: string; readonly method: string; readonly rank: number | null }[]
  /** Modules the base has not, as the adapter calls them. */
  readonly missing: readonly string[]
  /** Tensors of another shape than the weight of the base asks for. */
  readonly misfits: readonly {
    readonly module: string
    readonly tensor: string
    readonly shape: readonly number[]
    readonly wanted: string
    readonly weight: readonly number[]
  }[]
  /** Modules of which a half is not there. */
  readonly incomplete: readonly { readonly module: string; readonly missing: readonly string[] }[]
  /** Modules of the base that are there, and with whose shapes this method was not compared. */
  readonly unchecked: readonly string[]
  /** Tensors that take the place of those of the base (`modules_to_save`), or come to them. */
  readonly saved: readonly {
    readonly name: string
    readonly is: 'same shape' | 'other shape' | 'new'
    readonly shape: readonly number[]
    readonly base: readonly number[] | null
  }[]
  /** Modules of the base that are called as adapted ones are and have nothing in the adapter. */
  readonly left: readonly string[]
  /** How its paths become those of the base. */
  readonly paths: readonly PathRule[]
}

type Compared = Pick<StateDictReport, 'tensors'>

/** What an adapter comes to beside its base; null where neither side is an adapter, or both are. */
export function adapterFit(a: Compared, b: Compared): AdapterFit | null {
  const [inA, inB] = [adapterContents(a), adapterContents(b)]
  if (inA !== null && inB === null) return fitOf(inA, b.tensors, 'a')
  return inA === null && inB !== null ? fitOf(inB, a.tensors, 'b') : null
}

function fitOf(adapter: AdapterContents, tensors: readonly TensorReport[], side: 'a' | 'b'): AdapterFit {
  const base = baseModules(tensors)
  const flat = (path: string) => !path.includes('.')
  // kohya writes a path as one segment; all others keep its dots.
  const isFlat = adapter.modules.every(({ path }) => flat(path) && path.includes('_'))
  const separator = isFlat ? '_' : '.'
  const { rules, resolve } = pathRules(
    adapter.modules.map(({ path }) => path),
    base,
    separator,
  )
  const on: AdapterFit['on'][number][] = []
  const missing: string[] = []
  const misfits: AdapterFit['misfits'][number][] = []
  const incomplete: AdapterFit['incomplete'][number][] = []
  const unchecked: string[] = []
  const ranks = new Set<number>()
  for (const module of adapter.modules) {
    const at = resolve(module.path)
    if (at === null) {
      missing.push(module.path)
      continue
    }
    const { weight, isTransposed } = base.get(at) as BaseModule
    const verdict =
      weight === null ? ({ fits: 'unknown' } as const) : adapterShapes(module, weight, isTransposed)
    if (verdict.fits === false)
      misfits.push({ module: at, ...withoutFits(verdict), weight: weight as readonly number[] })
    else if (verdict.fits === 'incomplete') incomplete.push({ module: at, missing: verdict.missing })
    else {
      const rank = verdict.fits === true ? verdict.rank : null
      if (verdict.fits === 'unknown') unchecked.push(at)
      if (rank !== null) ranks.add(rank)
      on.push({ module: at, method: module.method, rank })
    }
  }
  const saved = savedIn(adapter, tensors, rules)
  const isWrong =
    missing.length + misfits.length + incomplete.length > 0 || saved.some(({ is }) => is === 'other shape')
  return {
    side,
    methods: [...new Set(adapter.modules.map(({ method }) => method))],
    ranks: [...ranks].sort((x, y) => x - y),
    fits: isWrong ? 'no' : unchecked.length > 0 ? 'unknown' : 'yes',
    modules: adapter.modules.length,
    on,
    missing,
    misfits,
    incomplete,
    unchecked,
    saved,
    left: leftAlone(adapter, base, resolve),
    paths: rules.filter(({ adapter: from, base: to }) => from !== to),
  }
}

function withoutFits({
  tensor,
  shape,
  wanted,
}: {
  tensor: string
  shape: readonly number[]
  wanted: string
}): {
  tensor: string
  shape: readonly number[]
  wanted: string
} {
  return { tensor, shape, wanted }
}

function savedIn(
  { whole }: AdapterContents,
  tensors: readonly TensorReport[],
  rules: readonly PathRule[],
): AdapterFit['saved'] {
  if (whole.length === 0) return []
  const shapes = new Map(tensors.map(({ name, shape }) => [name, shape]))
  return whole.map(({ path, tensor }) => {
    const names = [path, ...rules.map((rule) => renamed(path, rule))]
    const name = names.find((one) => shapes.has(one)) ?? names.at(1) ?? path
    const base = shapes.get(name) ?? null
    const is = base === null ? 'new' : sameShape(base, tensor.shape) ? 'same shape' : 'other shape'
    return { name, is, shape: tensor.shape, base }
  })
}

function renamed(path: string, { adapter, base }: PathRule): string {
  if (adapter === '') return base === '' ? path : `${base}.${path}`
  if (!path.startsWith(`${adapter}.`)) return path
  const rest = path.slice(adapter.length + 1)
  return base === '' ? rest : `${base}.${rest}`
}

/** Modules beside adapted ones: of the same name, and not adapted. */
function leftAlone(
  { modules }: AdapterContents,
  base: ReadonlyMap<string, BaseModule>,
  resolve: (path: string) => string | null,
): string[] {
  const adapted = new Set(modules.flatMap(({ path }) => resolve(path) ?? []))
  const patterns = new Set([...adapted].map(patternOf))
  const left: string[] = []
  for (const [path, { weight }] of base)
    if (weight !== null && !adapted.has(path) && patterns.has(patternOf(path))) left.push(path)
  return left
}

/** A path without its numbers. */
const patternOf = (path: string): string => path.replace(/(^|\.)\d+(?=\.|$)/g, '$1#')
