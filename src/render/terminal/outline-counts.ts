import { logicalElements } from '../../model/modules/aggregate.ts'
import type { Branch, OutlineNode } from '../../model/modules/outline.ts'
import type { TensorReport } from '../../model/report.ts'

type Kind = TensorReport['kind']

/** Elements of one kind in one of what the line stands for; tied tensors are counted at their first name. */
export function ofKind(node: OutlineNode, kind: Kind): number {
  if (node.type === 'tensor') return node.tensor.kind === kind ? countedElements(node.tensor) : 0
  return kind === 'parameter' ? node.each.parameters : kind === 'buffer' ? node.each.buffers : node.each.other
}

/** Elements that count: those of another name, or of what a loader takes another for, count there. */
export const countedElements = ({ tiedTo, countedAs, elements }: TensorReport): number =>
  tiedTo === null && countedAs === undefined ? elements : 0

export function storedOf(node: OutlineNode): number {
  if (node.type === 'tensor') return countedElements(node.tensor)
  return node.each.parameters + node.each.buffers + node.each.other
}

export function logicalOf(node: OutlineNode): number {
  if (node.type === 'module') return node.each.logical
  return node.tensor.tiedTo === null ? logicalElements(node.tensor) : 0
}

/** The number a reader looks for first: parameters where there are any, else everything stored. */
export const countedOf = (node: Branch) => node.each.logical || node.each.parameters || storedOf(node)

/** null where no size is known, as the file records no types. */
export function bytesOf(node: OutlineNode): number | null {
  if (node.type === 'module') {
    const { bytes, unrecorded } = node.each
    return bytes === 0 && unrecorded > 0 ? null : bytes
  }
  return node.tensor.tiedTo === null ? node.tensor.bytes : 0
}
