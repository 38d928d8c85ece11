import type { TensorReport } from './report.ts'
import type { ModuleTree } from './tree.ts'

/** Small integers for what modules and tensors hold: the same number for the same content. */
export interface Identities {
  /** By tensor index: type, shape, kind, whether frozen or tied, quantisation. Not the name. */
  readonly tensors: Uint32Array
  /** By module index: the names and identities of everything under it. Not the module's own name. */
  readonly modules: Uint32Array
}

/**
 * Numbers every subtree so that two are identical exactly when their numbers are. Leaves first, without
 * recursion; each name is looked at once, as part of its parent.
 */
export function identities(tree: ModuleTree, tensors: readonly TensorReport[]): Identities {
  const known = new Map<string, number>()
  const numbered = (key: string) => {
    let number = known.get(key)
    if (number === undefined) {
      number = known.size
      known.set(key, number)
    }
    return number
  }
  const shapes = new ShapeTexts()
  const tensorNumbers = new Uint32Array(tensors.length)
  for (let index = 0; index < tensors.length; index++)
    tensorNumbers[index] = numbered(contentOf(tensors[index] as TensorReport, shapes))
  const moduleNumbers = new Uint32Array(tree.nodes.length)
  for (let index = tree.nodes.length - 1; index >= 0; index--) {
    const node = tree.nodes[index]
    if (node === undefined) continue
    const parts: string[] = []
    // Lengths before names: no name can look like the end of another.
    for (const tensor of node.tensors) {
      const name = tree.leaves[tensor] as string
      parts.push(`t${name.length}:${name}${tensorNumbers[tensor]}`)
    }
    if (node.children.size > 0)
      for (const child of node.children.values())
        parts.push(`m${child.name.length}:${child.name}${moduleNumbers[child.index]}`)
    // Files without registration order may list two equal blocks in different orders.
    moduleNumbers[index] = numbered(parts.length === 1 ? `${parts[0]}` : parts.sort().join(' '))
  }
  return { tensors: tensorNumbers, modules: moduleNumbers }
}

/** Shapes as text. Readers share the array of equal shapes, so most texts are there already. */
class ShapeTexts {
  private readonly texts = new Map<readonly number[], string>()

  of(shape: readonly number[]): string {
    let text = this.texts.get(shape)
    if (text === undefined) {
      text = shape.join(',')
      if (this.texts.size < 4_096) this.texts.set(shape, text)
    }
    return text
  }
}

function contentOf(tensor: TensorReport, shapes: ShapeTexts): string {
  const { dtype, shape, kind, trainable, tiedTo, quantised } = tensor
  const quantisation = quantised === undefined ? '' : `${quantised.scheme} ${quantised.logicalElements}`
  return `=${dtype} ${shapes.of(shape)} ${kind} ${trainable === 'no'} ${tiedTo !== null} ${quantisation}`
}
