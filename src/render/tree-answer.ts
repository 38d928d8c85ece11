import { aggregate } from '../model/aggregate.ts'
import { naturalCompare } from '../model/natural-order.ts'
import type { ModuleReport, StateDictReport, TensorReport } from '../model/report.ts'
import { leafName, moduleTree } from '../model/tree.ts'

/** A module in the JSON of `tree`, with what is in it counted. Names are segments: a path is the names from the root down. */
export interface ModuleAnswer {
  readonly name: string
  /** Its class, or classes where the shapes fit several, declared or recognised. */
  readonly classes?: readonly string[]
  readonly detail?: string
  readonly classLevel?: ModuleReport['level']
  /** Of everything under it; elements are counted by kind, tied tensors once. */
  readonly totals: {
    readonly tensors: number
    readonly parameters: number
    readonly buffers: number
    readonly other: number
    readonly bytes: number
  }
  /** Its own, under their last segment. */
  readonly tensors: Pick<TensorReport, 'name' | 'kind' | 'dtype' | 'shape' | 'tiedTo'>[]
  readonly modules: ModuleAnswer[]
  /** Modules under it that `--depth` left out; absent where none are. */
  omitted?: number
}

/**
 * The module tree of a state dict, nested. A module deeper than `depth` is left out and counted in the one above
 * it; totals count everything all the same. Without recursion, whatever the depth of the names.
 */
export function treeAnswer(stateDict: StateDictReport, depth = Number.POSITIVE_INFINITY): ModuleAnswer {
  const tree = moduleTree(stateDict.tensors)
  const totalsOf = aggregate(tree, stateDict.tensors)
  const classes = new Map(stateDict.modules.map((module) => [module.path, module]))
  /** By module: its answer, or that of the module above that stands for it. */
  const answers: { readonly answer: ModuleAnswer; readonly level: number }[] = []
  const make = (node: (typeof tree.nodes)[number]): ModuleAnswer => {
    const { tensors, parameters, buffers, other, bytes } = totalsOf(node)
    const known = classes.get(node.path)
    return {
      name: node.name,
      ...(known === undefined
        ? {}
        : { classes: known.classes, detail: known.detail, classLevel: known.level }),
      totals: { tensors, parameters, buffers, other, bytes },
      tensors: node.tensors.map((index) => tensorAnswer(stateDict.tensors[index] as TensorReport)),
      modules: [],
    }
  }
  const root = make(tree.root)
  answers[tree.root.index] = { answer: root, level: 0 }
  for (const node of tree.nodes) {
    if (node.parent === null) continue
    const above = answers[node.parent.index] as (typeof answers)[number]
    if (above.level >= depth) {
      above.answer.omitted = (above.answer.omitted ?? 0) + 1
      answers[node.index] = above
      continue
    }
    const answer = make(node)
    above.answer.modules.push(answer)
    answers[node.index] = { answer, level: above.level + 1 }
  }
  if (stateDict.order === 'unrecorded')
    for (const { answer } of new Set(answers)) answer.modules.sort((a, b) => naturalCompare(a.name, b.name))
  return root
}

function tensorAnswer({ name, kind, dtype, shape, tiedTo }: TensorReport): ModuleAnswer['tensors'][number] {
  return { name: leafName(name), kind, dtype, shape, tiedTo }
}
