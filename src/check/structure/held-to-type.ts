import type { Inspection } from '../../model/inspection.ts'
import type { ModelType, ModuleNeed } from './model-types.ts'

/** How a state dict is beside what models of one type have. */
export interface HeldToType {
  /** Path of the base model; `''` where the state dict is one. */
  readonly base: string
  /** Paths of modules and tensors that such a model has and the state dict does not. */
  readonly missing: readonly string[]
  /** The same, of modules outside of all blocks. */
  readonly missingOutside: readonly string[]
  /** Paths of modules with weights that such a model does not have. */
  readonly unknown: readonly string[]
  /** Kinds of modules that are there, the blocks of a list counted once. */
  readonly present: number
  /** Kinds of modules that are not. */
  readonly absent: number
  /** Of those that are there, the ones inside of blocks. */
  readonly presentInBlocks: number
}

/** More are not told one by one. */
const mostTold = 10_000

/**
 * Holds a state dict to a type of models: at each path that may be a base model of such, by the lists of blocks that are
 * there. Of several the one that has the most counts.
 *
 * @returns null where no list of blocks of such a model is there
 */
export function heldToType(inspection: Inspection, { modules }: ModelType): HeldToType | null {
  const { tree } = inspection
  let best: HeldToType | null = null
  for (const base of basesIn(inspection, modules)) {
    const held = heldAt(inspection, base, modules)
    if (best === null || held.present > best.present) best = { base: tree.path(base), ...held }
  }
  return best
}

/**
 * Holds the modules at one path to what has to be there.
 *
 * @param base of a head: the name of the base model beside it
 */
export function heldAt(
  inspection: Inspection,
  at: number,
  needs: readonly ModuleNeed[],
  base: string | null = null,
): Omit<HeldToType, 'base'> {
  const { tree } = inspection
  const isHead = base !== null
  const there = new Set<string>()
  const gone = new Set<string>()
  const missing: string[] = []
  const missingOutside: string[] = []
  const unknown: string[] = []
  const miss = (path: string, place: string): void => {
    gone.add(place)
    if (missing.length >= mostTold) return
    missing.push(path)
    if (!place.includes('*')) missingOutside.push(path)
  }
  const ownOf = (module: number): ReadonlySet<string> =>
    new Set([...tree.ownOf(module)].map((tensor) => tree.leafOf(tensor)))
  const walk = (module: number, list: readonly ModuleNeed[], place: string): void => {
    const path = tree.path(module)
    const within = (name: string): string => (path === '' ? name : `${path}.${name}`)
    const own = ownOf(module)
    const others = othersIn(inspection, module, list, base)
    if (place.includes('*')) unknown.push(...others.weights.slice(0, 100).map(within))
    for (const need of list) {
      const where = `${place}.${need.name}`
      if (need.name === '*') {
        for (const child of tree.childrenOf(module))
          if (isNumber(tree.nameOf(child))) enter(child, need, where)
        continue
      }
      const child = tree.childNamed(module, need.name)
      if (child >= 0) enter(child, need, where)
      else if (own.has(need.name)) there.add(where)
      // What is called otherwise may stand for it.
      else if (need.isRequired && !others.hasMatrix) miss(within(need.name), where)
    }
    const together = list.flatMap(({ name, bias }) => {
      const child = bias === 'together' ? tree.childNamed(module, name) : -1
      return child >= 0 && ownOf(child).has('weight') ? [{ name, has: ownOf(child).has('bias') }] : []
    })
    if (together.some(({ has }) => has))
      for (const { name, has } of together) if (!has) miss(within(`${name}.bias`), `${place}.${name}.bias`)
  }
  const enter = (child: number, need: ModuleNeed, where: string): void => {
    if (need.children.length > 0) {
      walk(child, need.children, where)
      return
    }
    there.add(where)
    if (tree.childrenOf(child).length > 0) return
    for (const leaf of missingOwn(ownOf(child), need, isHead))
      miss(`${tree.path(child)}.${leaf}`, `${where}.${leaf}`)
    if (
      need.bias === 'never' &&
      where.includes('*') &&
      ['weight', 'bias'].every((leaf) => ownOf(child).has(leaf))
    )
      unknown.push(`${tree.path(child)}.bias`)
  }
  walk(at, needs, '')
  const presentInBlocks = [...there].filter((place) => place.includes('*')).length
  return { missing, missingOutside, unknown, present: there.size, absent: gone.size, presentInBlocks }
}

/**
 * Whether nothing of the blocks of a type is where transformers looks for it.
 *
 * @param names what a class may call its base model; that may stand at the top as well
 */
export function isElsewhere(
  inspection: Inspection,
  { modules }: ModelType,
  names: readonly string[],
): boolean {
  if (!modules.some(({ isRequired, children }) => isRequired && hasBlocks(children))) return false
  const { tree } = inspection
  const bases = [0, ...names.map((name) => tree.at(name)?.index)]
  return bases.every((base) => base === undefined || heldAt(inspection, base, modules).presentInBlocks === 0)
}

function hasBlocks(needs: readonly ModuleNeed[]): boolean {
  return needs.some(({ name, isRequired, children }) => name === '*' || (isRequired && hasBlocks(children)))
}

/** Modules of the tree that have a list of blocks where such a model has its first. */
function basesIn({ tree }: Inspection, modules: readonly ModuleNeed[]): readonly number[] {
  const spine = spineOf(modules)
  const last = spine?.at(-1)
  if (spine === null || last === undefined) return []
  const found: number[] = []
  for (let module = 1; module < tree.size; module++) {
    if (tree.nameOf(module) !== last) continue
    if (!tree.childrenOf(module).some((child) => isNumber(tree.nameOf(child)))) continue
    let at = module
    let fits = true
    for (const name of [...spine].reverse()) {
      fits &&= at !== 0 && tree.nameOf(at) === name
      at = tree.parents[at] as number
    }
    if (fits) found.push(at)
  }
  return found
}

/** The path to the first list of blocks that every such model has, else to one that some have; null where there is none. */
function spineOf(modules: readonly ModuleNeed[]): readonly string[] | null {
  const inOrder = [...modules].sort((a, b) => Number(b.isRequired) - Number(a.isRequired))
  for (const { name, children } of inOrder) {
    if (children.some((child) => child.name === '*')) return [name]
    const deeper = spineOf(children)
    if (deeper !== null) return [name, ...deeper]
  }
  return null
}

/** What a layer lacks of its own tensors, judged by those that are there. */
function missingOwn(own: ReadonlySet<string>, { bias }: ModuleNeed, isHead: boolean): readonly string[] {
  const statistics = ['running_mean', 'running_var'].filter((leaf) => own.has(leaf))
  const missing: string[] = []
  if (statistics.length === 1) missing.push(own.has('running_mean') ? 'running_var' : 'running_mean')
  const plain = own.size - statistics.length - (own.has('num_batches_tracked') ? 1 : 0)
  if (plain !== 1) return missing
  // The weight of a head may be elsewhere: tied to the embedding.
  if (own.has('bias') && (!isHead || bias === 'always')) missing.push('weight')
  if (own.has('weight') && bias === 'always') missing.push('bias')
  return missing
}

/** What a module has that is not in the list: names with parameters, and whether any tensor is a matrix. */
function othersIn(
  inspection: Inspection,
  module: number,
  list: readonly ModuleNeed[],
  besides: string | null,
): { readonly weights: readonly string[]; readonly hasMatrix: boolean } {
  const { tree, table } = inspection
  const known = new Set([...list.map(({ name }) => name), besides])
  const isKnown = (name: string): boolean => known.has(name) || (known.has('*') && isNumber(name))
  const weights: string[] = []
  let hasMatrix = false
  const look = (name: string, tensors: Iterable<number>): void => {
    let isWeight = false
    for (const tensor of tensors) {
      const { answer } = inspection.verdict(tensor).kind
      const rank = table.shape(tensor).length
      if (answer === 'parameter' && rank > 0) isWeight = true
      if (answer !== 'buffer' && rank > 1) hasMatrix = true
    }
    if (isWeight) weights.push(name)
  }
  for (const child of tree.childrenOf(module)) {
    if (isKnown(tree.nameOf(child))) continue
    for (const below of tree.below(child)) look(tree.nameOf(child), tree.ownOf(below))
  }
  for (const tensor of tree.ownOf(module))
    if (!isKnown(tree.leafOf(tensor))) look(tree.leafOf(tensor), [tensor])
  return { weights: [...new Set(weights)], hasMatrix }
}

function isNumber(name: string): boolean {
  return /^[0-9]{1,6}$/.test(name)
}
