import type { Declaration } from '../../../model/checkpoint.ts'
import { sameShape } from '../../../model/tensors/shape.ts'
import type { TensorRecord } from '../rebuild/tensor-record.ts'
import type { FoundEntry, FoundStateDict } from './state-dicts.ts'

/** Modules of a file that are compared with its state dicts; settings hold a few. */
const mostModules = 1_000
/** Of the path of such a module: each of its ends is looked up, in every state dict. */
const mostSegments = 64
const longestPath = 4_096

/** What pickled modules elsewhere in a file say of the entries and modules of a state dict. */
export interface SaidBeside {
  readonly declarations: ReadonlyMap<string, Declaration>
  /** Module path to class. */
  readonly classes: ReadonlyMap<string, string>
}

const nothing: SaidBeside = { declarations: new Map(), classes: new Map() }

/**
 * A module that is pickled beside a state dict, as Lightning does with modules among `hyper_parameters`, is the module of
 * the same path where the state dict has exactly its entries there: names, shapes, types, in its order. It declares what is
 * the same memory. A copy may have been made before entries were frozen or registered anew: of it kinds are recognised.
 */
export function saidByModules(stateDict: FoundStateDict, found: readonly FoundStateDict[]): SaidBeside {
  if (stateDict.family !== 'tensors') return nothing
  const modules = found.filter(({ family, entries }) => family === 'module' && entries.length > 0)
  if (modules.length === 0 || modules.length > mostModules) return nothing
  const places = new Map(stateDict.entries.map(({ name }, place) => [name, place]))
  const declarations = new Map<string, Declaration>()
  const classes = new Map<string, string>()
  for (const beside of modules) {
    const prefix = prefixOf(beside, stateDict, places)
    if (prefix === undefined) continue
    for (const entry of beside.entries) {
      const name = prefix + entry.name
      if (entry.kind === undefined || declarations.has(name)) continue
      const own = stateDict.entries[places.get(name) as number] as FoundEntry
      const isSame = isSameMemory(own.record, entry.record)
      const requiresGrad = isSame && entry.kind === 'parameter' ? entry.record.requiresGrad : null
      declarations.set(name, {
        kind: entry.kind,
        ...(isSame ? {} : { level: 'recognised' }),
        ...(requiresGrad === null ? {} : { requiresGrad }),
        by: `the module pickled at ${beside.path === '' ? 'the root' : beside.path}`,
      })
    }
    for (const [path, name] of beside.module?.classes ?? []) {
      const at = path === '' ? prefix.slice(0, -1) : prefix + path
      if (!classes.has(at)) classes.set(at, name)
    }
  }
  return declarations.size === 0 ? nothing : { declarations, classes }
}

/** Where in the state dict a module is: the longest end of its path that is one there; the whole where it is all of it. */
function prefixOf(
  beside: FoundStateDict,
  stateDict: FoundStateDict,
  places: ReadonlyMap<string, number>,
): string | undefined {
  const { path } = beside
  const segments = path.length > longestPath ? [] : path.split('.', mostSegments + 1)
  const ends = segments.length > mostSegments ? [] : segments.map((_, i) => `${segments.slice(i).join('.')}.`)
  return [...ends, ''].find((prefix) => isAll(prefix, beside, stateDict, places))
}

/** Whether what the state dict has below a prefix is the module's entries, one for one. */
function isAll(
  prefix: string,
  { entries }: FoundStateDict,
  stateDict: FoundStateDict,
  places: ReadonlyMap<string, number>,
): boolean {
  const first = places.get(prefix + (entries[0] as FoundEntry).name)
  if (first === undefined) return false
  const isBelow = (at: number) => stateDict.entries[at]?.name.startsWith(prefix) === true
  const fits = entries.every((entry, i) => {
    const own = stateDict.entries[first + i]
    return (
      own?.name === prefix + entry.name &&
      own.record.dtype === entry.record.dtype &&
      sameShape(own.record.shape, entry.record.shape)
    )
  })
  if (!fits) return false
  if (prefix === '') return entries.length === stateDict.entries.length
  return !isBelow(first - 1) && !isBelow(first + entries.length)
}

function isSameMemory(a: TensorRecord, b: TensorRecord): boolean {
  return (
    a.storage !== null &&
    b.storage !== null &&
    a.storage.key === b.storage.key &&
    a.offset === b.offset &&
    a.strides !== null &&
    b.strides !== null &&
    sameShape(a.strides, b.strides)
  )
}
