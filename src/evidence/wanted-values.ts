import type { Limits } from '../limits.ts'
import { valueBytes } from '../model/values/value-bytes.ts'
import { isFloating } from './module-view.ts'
import type { Heard } from './resolve.ts'
import type { Subject } from './source.ts'

/** Tensors whose values would tell, by index, smallest first. */
export interface WantedValues {
  /** Those that nothing else speaks of. */
  readonly unknown: readonly number[]
  /** A few that are known to be parameters. */
  readonly learned: { readonly norms: readonly number[]; readonly others: readonly number[] }
}

/** What layers learn has these names, and a frozen table in their place is a parameter all the same. */
const learnedLeaves: ReadonlySet<string> = new Set(['weight', 'bias'])

/** Tensors that are read. Of more, those that are smallest: each is a read of its own. */
const mostTensors = 2_000
const mostLearned = 8

function isOfNorm({ table, tree }: Subject, book: Heard['book'], index: number): boolean {
  const classes = book.classes.at(tree.owners[index] as number)?.classes ?? []
  return (
    tree.leafOf(index) === 'weight' &&
    table.shape(index).length === 1 &&
    classes.some((name) => name.includes('Norm'))
  )
}

/** Whether there may be a tensor whose values would be looked at: a look at types, sizes and names alone. */
export function mayWantValues(subject: Subject, limits: Limits): boolean {
  for (const _ of candidates(subject, limits)) return true
  return false
}

function* candidates({ stateDict, table, tree }: Subject, limits: Limits): Generator<number> {
  if (stateDict.role === 'optimizer' || stateDict.facts.recorded !== undefined) return
  const { leaves, segments } = tree
  const mayBe = new Map<number, boolean>()
  for (let index = 0; index < table.length; index++) {
    const leaf = leaves[index] as number
    let fits = mayBe.get(leaf)
    if (fits === undefined) {
      const name = segments.texts[leaf] as string
      // A number for a name, as of Keras' lists of variables, says nothing.
      fits = !learnedLeaves.has(name) && /[A-Za-z]/.test(name)
      mayBe.set(leaf, fits)
    }
    if (fits && isSmall(table, index, limits)) yield index
  }
}

function isSmall(table: Subject['table'], index: number, limits: Limits): boolean {
  const dtype = table.dtype(index)
  if (!isFloating({ dtype }) || dtype === 'C64' || dtype === 'C128') return false
  const elements = table.elements(index)
  return elements > 0 && valueBytes(elements, dtype) <= limits.evidenceValueBytes && table.tie(index) === null
}

/** @param heard what speaks of the tensors besides their values */
export function wantedValues(subject: Subject, { book }: Heard, limits: Limits): WantedValues {
  const { table } = subject
  const unknown = [...candidates(subject, limits)].filter((index) => book.kinds.bestId(index) < 0)
  if (unknown.length === 0) return { unknown, learned: { norms: [], others: [] } }
  const size = (index: number): number => valueBytes(table.elements(index), table.dtype(index))
  // The same ones in whatever order the file has them.
  const order = (a: number, b: number): number =>
    size(a) - size(b) || (table.name(a) < table.name(b) ? -1 : 1)
  const norms: number[] = []
  const others: number[] = []
  for (let index = 0; index < table.length; index++) {
    if (book.kinds.best(index)?.answer !== 'parameter' || !isSmall(table, index, limits)) continue
    if (table.elements(index) < 4) continue
    if (isOfNorm(subject, book, index)) norms.push(index)
    else others.push(index)
  }
  const learned = {
    norms: norms.sort(order).slice(0, mostLearned),
    others: others.sort((a, b) => order(b, a)).slice(0, mostLearned),
  }
  return { unknown: unknown.sort(order).slice(0, mostTensors), learned }
}
