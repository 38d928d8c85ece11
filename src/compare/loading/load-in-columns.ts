import { type Inspection, inspectionOf } from '../../model/inspection.ts'
import { type ModuleTree, moduleTree } from '../../model/modules/tree.ts'
import { TextNames } from '../../model/names/name-column.ts'
import type { StateDictReport } from '../../model/report.ts'
import type { SavedAs } from '../../model/saved-as.ts'
import { dtypeNames, unrecordedType } from '../../model/tensors/tensor-table.ts'
import type { LoadResult } from '../difference.ts'
import { sameNames } from '../same-names.ts'
import { SameTensors } from '../same-tensors.ts'
import { Copies } from './copies.ts'
import { canRequireGrad } from './copy-refusal.ts'
import { leafThatTells } from './load-rules.ts'

type Entries = Pick<StateDictReport, 'tensors' | 'values' | 'savedAs'>

export interface ColumnLoadOptions {
  readonly hasTiedNames: boolean
  readonly rename?: (name: string) => string
  readonly assign?: boolean
}

/** What comes of a load: all of its result that depends on entries. */
export type ColumnLoad = Pick<LoadResult, 'missing' | 'missingModules' | 'unexpected'> & {
  readonly copies: Copies
}

/** Names are cut into modules no further than this by the load that goes through entries. */
const longestPath = 1_000

/**
 * The same as a load that goes through the entries one by one, made from the columns of both: for state dicts of nothing but
 * tensors, in modules that do nothing of their own when they are loaded. null where either is not so.
 */
export function loadInColumns(
  checkpoint: Entries,
  model: Entries,
  { hasTiedNames, rename, assign = false }: ColumnLoadOptions,
): ColumnLoad | null {
  if (!isPlain(checkpoint) || !isPlain(model)) return null
  const [given, wanted] = [inspectionOf(checkpoint), inspectionOf(model)]
  if (given.table.columns.ties.size > 0 && !hasTiedNames) return null
  const renamed = rename === undefined ? null : renamedTree(given, rename)
  const [from, to] = [renamed?.tree ?? given.tree, wanted.tree]
  if (!hasPlainNames(from, telling.given) || !hasPlainNames(to, telling.wanted)) return null
  const { rows, modules: thereInGiven, isUnique } = sameNames(to, from)
  if (!isUnique) return null

  const missing: string[] = []
  const missingRows: number[] = []
  const copies = new Copies({ assign, expanded: none, arrays: none, strided: none })
  const same = new SameTensors(given, wanted)
  const [typesGiven, typesWanted] = [given.table.columns.dtypes, wanted.table.columns.dtypes]
  for (let row = 0; row < rows.length && copies.fatal === null; row++) {
    const found = rows[row] as number
    if (found < 0) {
      missing.push(wanted.table.name(row))
      missingRows.push(row)
      continue
    }
    const [type, into] = [typesGiven[found] as number, typesWanted[row] as number]
    if (same.isCopied(found, row) && (!assign || isAssigned(type))) {
      copies.count()
      if (type !== into && type !== unrecordedType && into !== unrecordedType) copies.converted++
    } else copies.add({ tensor: given.tensor(found) }, { tensor: wanted.tensor(row) })
  }
  return {
    missing,
    missingModules: missingModules(to, missingRows, thereInGiven),
    unexpected:
      copies.fatal === null
        ? unexpectedRows(from, to, rows).map((row) => renamed?.names[row] ?? given.table.name(row))
        : [],
    copies,
  }
}

const none: ReadonlySet<string> = new Set()

/** Nothing but tensors, each of its own memory, under keys that are texts. */
function isPlain({ values = [], savedAs }: Entries): boolean {
  const {
    keyClass,
    containers = [],
    expanded = [],
    arrays = [],
    strided = [],
  }: Partial<SavedAs> = savedAs ?? {}
  const odd = values.length + containers.length + expanded.length + arrays.length + strided.length
  return odd === 0 && keyClass === undefined && savedAs?.class !== 'torch.jit._script.RecursiveScriptModule'
}

/** Segments of names that say of a module that it does something of its own. */
const telling = {
  given: (segment: string) =>
    segment === 'running_mean' || segment === 'running_var' || segment === '_extra_state',
  wanted: (segment: string) => segment === '_extra_state' || leafThatTells.test(segment),
}

function hasPlainNames(tree: ModuleTree, tells: (segment: string) => boolean): boolean {
  const { texts } = tree.segments
  if (texts.some((segment) => segment === '' || tells(segment))) return false
  const lengths = new Uint32Array(tree.size)
  for (let module = 1; module < tree.size; module++) {
    const length = texts[tree.names[module] as number]?.length as number
    lengths[module] = (lengths[tree.parents[module] as number] as number) + 1 + length
    if ((lengths[module] as number) > longestPath) return false
  }
  return true
}

function renamedTree(
  { table }: Inspection,
  rename: (name: string) => string,
): { readonly names: readonly string[]; readonly tree: ModuleTree } {
  const names = Array.from({ length: table.length }, (_, row) => rename(table.name(row)))
  return { names, tree: moduleTree(new TextNames(names)) }
}

/** Whether a tensor of this type takes the place of any other. */
function isAssigned(type: number): boolean {
  return type === unrecordedType || canRequireGrad.test(dtypeNames[type] as string)
}

/** The outermost modules around missing entries that the checkpoint has nothing of, in the order they are first missed. */
function missingModules(
  tree: ModuleTree,
  missing: readonly number[],
  there: Int32Array,
): LoadResult['missingModules'] {
  if (missing.length === 0) return []
  const outermost = new Int32Array(tree.size).fill(-1)
  for (let module = 1; module < tree.size; module++) {
    const around = outermost[tree.parents[module] as number] as number
    outermost[module] = around >= 0 ? around : (there[module] as number) < 0 ? module : -1
  }
  const keys = new Map<number, number>()
  for (const row of missing) {
    const module = outermost[tree.owners[row] as number] as number
    if (module >= 0) keys.set(module, (keys.get(module) ?? 0) + 1)
  }
  return [...keys].map(([module, count]) => ({ path: tree.path(module), keys: count }))
}

/** torch goes through the modules of the model, and each tells the keys it does not know. */
function unexpectedRows(from: ModuleTree, to: ModuleTree, rows: Int32Array): number[] {
  const isKnown = new Uint8Array(from.owners.length)
  let known = 0
  for (const row of rows)
    if (row >= 0 && isKnown[row] === 0) {
      isKnown[row] = 1
      known++
    }
  if (known === isKnown.length) return []
  const { modules } = sameNames(from, to)
  for (let module = 1; module < from.size; module++)
    if ((modules[module] as number) < 0) modules[module] = modules[from.parents[module] as number] as number
  const unknown: number[] = []
  for (let row = 0; row < isKnown.length; row++) if (isKnown[row] === 0) unknown.push(row)
  const moduleOf = (row: number) => modules[from.owners[row] as number] as number
  return unknown.sort((a, b) => moduleOf(a) - moduleOf(b))
}
