import { subtreesOf } from '../model/modules/subtrees.ts'
import type { ModuleTree } from '../model/modules/tree.ts'
import { Pairs } from '../model/tensors/hash.ts'
import type { TensorTable } from '../model/tensors/tensor-table.ts'
import { isDigits } from './module-view.ts'

/** Modules with tensors of their own that no view tells apart, in order. The first stands for all. */
export type Family = Uint32Array

/** Stands for every name of digits: `layers.7` and `layers.8` are one of many. */
const anyNumber = 0xffff_ffff

/**
 * The modules in families: alike in what is under them, and so are their parents, up to the root, with the
 * same names but for those that are numbers. Whatever a view shows of one is then the same for all.
 */
export function familiesOf(tree: ModuleTree, table: TensorTable): Family[] {
  const subtrees = subtreesOf(tree, table.contents, false)
  const isNumber = tree.segments.texts.map(isDigits)
  const named = new Pairs()
  const placed = new Pairs()
  const places = new Uint32Array(tree.size)
  for (let module = 1; module < tree.size; module++) {
    const name = tree.names[module] as number
    const what = named.id(isNumber[name] ? anyNumber : name, subtrees.ids[module] as number)
    places[module] = placed.id(places[tree.parents[module] as number] as number, what) + 1
  }
  return grouped(tree, places, placed.count + 1)
}

/** Each module a family of its own: what families must come to. */
export function singleFamilies(tree: ModuleTree): Family[] {
  const places = Uint32Array.from({ length: tree.size }, (_, module) => module)
  return grouped(tree, places, tree.size)
}

/**
 * The modules that own tensors, by the number of their place, and those whose only tensor is parametrised: it is kept in
 * modules below, `parametrizations.weight`.
 */
function grouped(tree: ModuleTree, places: Uint32Array, count: number): Family[] {
  const sizes = new Uint32Array(count)
  const hasParametrised = tree.segments.idOf('parametrizations') >= 0
  const isShown = (module: number) =>
    tree.ownCount(module) > 0 || (hasParametrised && tree.childNamed(module, 'parametrizations') >= 0)
  for (let module = 0; module < tree.size; module++)
    if (isShown(module)) {
      const place = places[module] as number
      sizes[place] = (sizes[place] as number) + 1
    }
  const byPlace: (Family | undefined)[] = new Array(count)
  const filled = new Uint32Array(count)
  const families: Family[] = []
  for (let module = 0; module < tree.size; module++) {
    if (!isShown(module)) continue
    const place = places[module] as number
    let family = byPlace[place]
    if (family === undefined) {
      family = new Uint32Array(sizes[place] as number)
      byPlace[place] = family
      families.push(family)
    }
    const at = filled[place] as number
    family[at] = module
    filled[place] = at + 1
  }
  return families
}
