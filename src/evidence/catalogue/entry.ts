import type { Kind } from '../../model/verdict.ts'
import type { ModuleView } from '../module-view.ts'
import type { OwnTensor } from '../own-tensors.ts'
import type { Surroundings } from '../surroundings.ts'

/** A tensor that a known library registers, with what confirms that it is this one. */
export interface CatalogueEntry {
  /** Last name segments this entry is about. */
  readonly tensors: readonly string[]
  readonly kind: Kind
  /** What it is and where it is registered, for the reason: `causal mask of GPT-2 attention`. */
  readonly what: string
  /** The structure that must be there: shapes, siblings, children, dtype. A name alone is never enough. */
  readonly fits: (own: OwnTensor, view: ModuleView, around: Surroundings) => boolean
  /** Default `recognised`; `assumed` where the same layout is registered either way. */
  readonly level?: 'recognised' | 'assumed'
}

export const rank =
  (...ranks: readonly number[]): CatalogueEntry['fits'] =>
  (own) =>
    ranks.includes(own.tensor.shape.length)

/** A vector that fits the model: one of its lengths is a dimension of some matrix. */
export const modelVector: CatalogueEntry['fits'] = (own, _view, around) =>
  own.tensor.shape.length === 1 && (own.tensor.elements === 1 || around.lengths.has(own.tensor.elements))

/** Leading dimensions of 1 and a last one that fits the model: a token or position embedding. */
export const tokenShape: CatalogueEntry['fits'] = (own, _view, around) => {
  const { shape } = own.tensor
  return shape.length >= 1 && shape.length <= 5 && shape.some((length) => around.lengths.has(length))
}

export const scalar: CatalogueEntry['fits'] = (own) =>
  own.tensor.elements === 1 && own.tensor.shape.length <= 1

/** Whether some module on the way up, or this one, has a name that contains one of the words. */
export function underModule(view: ModuleView, ...words: readonly string[]): boolean {
  let up = 0
  for (let node: ModuleView | undefined = view; node !== undefined && up < 32; node = node.parent, up++) {
    const name = node.name.toLowerCase()
    if (words.some((word) => name.includes(word))) return true
  }
  return false
}

/** Whether a module further up owns a tensor of this name. */
export function ancestorOwns(view: ModuleView, leaf: string): boolean {
  let up = 0
  for (let node = view.parent; node !== undefined && up < 32; node = node.parent, up++) {
    if (node.own.has(leaf)) return true
  }
  return false
}

/** A position table [1, patches, width] in the module that has the convolution of as many outputs, which cuts patches. */
export function isTableOfPatches(own: OwnTensor, view: ModuleView): boolean {
  const [first, , width] = own.tensor.shape
  if (own.tensor.shape.length !== 3 || first !== 1 || !view.only(own.leaf)) return false
  return ['proj', 'input_image_proj'].some((name) => {
    const kernel = view.child(name)?.shape('weight')
    return kernel !== undefined && kernel.length >= 4 && kernel[0] === width
  })
}
