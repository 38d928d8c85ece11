import { type Part, partsOf } from '../../model/tensors/representation.ts'
import { elementsOf, type Tensor } from '../../model/tensors/tensor.ts'
import type { ReportedTensor } from './worked-out.ts'

/** Between the name of a tensor and that of its part: names with it are in no report. */
const between = '\0_'

/** What a weight of torchao's subclasses keeps, as safetensors has it: its numbers, to be worked out; null for others. */
export function subclassWeight(
  tensor: Tensor,
): { readonly reported: ReportedTensor; readonly part: Part } | null {
  const { representation, elements, shape, tiedTo } = tensor
  if (representation?.kind !== 'subclass' || !representation.class.startsWith('torchao.')) return null
  const part = representation.parts.find(({ name }) => name === 'qdata') ?? representation.parts[0]
  if (part === undefined) return null
  const scheme = `torchao ${representation.class.slice(representation.class.lastIndexOf('.') + 1)}`
  const { name, dtype } = part
  const quantised = { scheme, logicalElements: elements, logicalShape: shape }
  return {
    part,
    reported: { name: tensor.name + between + name, dtype, shape: part.shape, tiedTo, quantised },
  }
}

/** A part of a subclass by such a name, as a tensor of its own; undefined where the name is no such. */
export function partByName(name: string, owner: (name: string) => Tensor | undefined): Tensor | undefined {
  const at = name.lastIndexOf(between)
  if (at < 0) return undefined
  const own = name.slice(at + between.length)
  const part = partsOf(owner(name.slice(0, at))?.representation).find((one) => one.name === own)
  return part && { ...part, name, elements: elementsOf(part.shape), bytes: null, tiedTo: null }
}
