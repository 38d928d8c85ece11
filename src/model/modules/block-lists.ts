import type { ModuleTree } from './tree.ts'

/** What libraries call the list of a model's blocks. */
const listNames = new Set([
  'layers',
  'layer',
  'h',
  'blocks',
  'block',
  'resblocks',
  'blk',
  'transformer_blocks',
  'single_transformer_blocks',
])

/** Numbered modules under one name: `encoder.layer`, 0 to 11. */
export interface BlockList {
  readonly path: string
  /** Ascending. */
  readonly numbers: readonly number[]
  /** By place in `numbers`: the module of the tree. */
  readonly modules: readonly number[]
}

/** The lists of blocks of a model, by their names. A list inside a numbered module of another is not looked at. */
export function blockLists(tree: ModuleTree): readonly BlockList[] {
  return listsBelow(tree, 0)
}

function listsBelow(tree: ModuleTree, top: number): readonly BlockList[] {
  const lists: BlockList[] = []
  const open = [top]
  for (let module = open.pop(); module !== undefined; module = open.pop()) {
    const isList = /^[A-Za-z_]+$/.test(tree.nameOf(module))
    const numbered: [number: number, module: number][] = []
    const named: number[] = []
    for (const child of tree.childrenOf(module)) {
      const name = tree.nameOf(child)
      if (isList && /^\d{1,6}$/.test(name)) numbered.push([Number(name), child])
      else named.push(child)
    }
    // One by one, as there may be more than a call takes arguments.
    for (const child of named.reverse()) open.push(child)
    if (numbered.length === 0 || !listNames.has(tree.nameOf(module))) continue
    numbered.sort(([a], [b]) => a - b)
    lists.push({
      path: tree.path(module),
      numbers: numbered.map(([number]) => number),
      modules: numbered.map(([, child]) => child),
    })
  }
  return lists
}

/** Names below a layer of DeepSeek and GLM that predicts a further token, and is none of the model's own. */
const predictsFurther = ['enorm', 'hnorm']

/**
 * How many layers a model has, list by list: `[80]`, or `[6, 6]` of an encoder and a decoder. Empty where the names leave it open:
 * numbers are missing, as in one shard of many; the lists are of stages that hold the blocks; there are more than two lists.
 */
export function layerCounts(tree: ModuleTree): readonly number[] {
  const lists = blockLists(tree).filter(({ modules }) =>
    modules.some((block) => tree.node(block).hasChildren),
  )
  if (lists.length > 2 || lists.some((list) => !isCounted(list) || isOfStages(tree, list))) return []
  return lists.map(({ modules }) => modules.filter((block) => !isBesides(tree, block)).length)
}

const isCounted = ({ numbers }: BlockList): boolean =>
  numbers.length > 1 && numbers.at(-1) === numbers.length - 1

const isBesides = (tree: ModuleTree, block: number): boolean =>
  predictsFurther.every((name) => tree.childNamed(block, name) >= 0)

/** Whether the blocks hold lists of alike blocks (Swin), and not parts of one block under numbers (T5). */
function isOfStages(tree: ModuleTree, { modules }: BlockList): boolean {
  return modules.some((block) =>
    listsBelow(tree, block).some(
      (inner) =>
        isCounted(inner) && namesBelow(tree, inner.modules[0]) === namesBelow(tree, inner.modules[1]),
    ),
  )
}

function namesBelow(tree: ModuleTree, module = 0): string {
  return tree
    .childrenOf(module)
    .map((child) => tree.nameOf(child))
    .sort()
    .join(' ')
}
