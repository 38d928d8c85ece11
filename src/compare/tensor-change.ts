import type { TensorReport } from '../model/report.ts'
import { representationText } from '../model/tensors/representation-text.ts'
import { sameRepresentation } from '../model/tensors/same-representation.ts'
import { sameShape } from '../model/tensors/shape.ts'
import type { TensorChange } from './difference.ts'
import { shapeChange } from './shape-change.ts'

/**
 * What is different between two tensors that are one and the same to the model; null for nothing.
 *
 * @param tieOfA the name in `b` of the tensor that `a` is tied to
 */
export function tensorChange(a: TensorReport, b: TensorReport, tieOfA: string | null): TensorChange | null {
  const change: { -readonly [Field in keyof TensorChange]: TensorChange[Field] } = { a: a.name, b: b.name }
  if (!sameShape(a.shape, b.shape))
    change.shape = { a: a.shape, b: b.shape, how: shapeChange(a.shape, b.shape) }
  // JSON lists record no type, which is no difference of types.
  if (a.dtype !== b.dtype && a.dtype !== null && b.dtype !== null) change.dtype = { a: a.dtype, b: b.dtype }
  if (kindOf(a) !== kindOf(b) && a.kind !== b.kind)
    change.kind = { a: a.kind, b: b.kind, sure: isSure(a.kindLevel, b.kindLevel) }
  // A file that does not record trainability says nothing against one that does.
  if (a.trainable !== b.trainable && a.trainable !== 'unknown' && b.trainable !== 'unknown')
    change.trainable = {
      a: a.trainable,
      b: b.trainable,
      sure: isSure(a.trainableLevel, b.trainableLevel) && isSure(a.kindLevel, b.kindLevel),
    }
  if (tieOfA !== b.tiedTo) change.tiedTo = { a: a.tiedTo, b: b.tiedTo }
  const [schemeA, schemeB] = [a.quantised?.scheme ?? null, b.quantised?.scheme ?? null]
  if (schemeA !== schemeB) change.quantised = { a: schemeA, b: schemeB }
  if (!sameRepresentation(a.representation, b.representation))
    change.representation = {
      a: representationText(a.representation),
      b: representationText(b.representation),
    }
  return Object.keys(change).length > 2 ? change : null
}

/** What a tensor is whatever its values: another step of training is no other kind. */
function kindOf({ kind, kindWithoutValues }: TensorReport): TensorReport['kind'] {
  return kindWithoutValues ?? kind
}

function isSure(...levels: readonly TensorReport['kindLevel'][]): boolean {
  return !levels.includes('assumed')
}
