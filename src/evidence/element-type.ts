import { dtypes } from '../model/tensors/dtype.ts'
import type { Answer, Kind } from '../model/verdict.ts'
import { quantisationMarker } from './quantised/marker.ts'
import type { EvidenceSource } from './source.ts'

const integralList: Answer<Kind> = {
  answer: 'buffer',
  level: 'recognised',
  reason:
    'its values are written as integers where the others are floats: an integer tensor, and with no quantised layout in the file those are buffers',
  source: 'element-type',
}

/**
 * torch raises when a tensor that is neither floating nor complex is made to require grad, so such an entry
 * is not trained. That it is a buffer is likely, not certain: an integer Parameter with requires_grad=False
 * is legal, and quantised layouts use it.
 */
export const elementType: EvidenceSource = {
  id: 'element-type',
  title: 'Only floating and complex types can require grad',
  collectModule(view, { isQuantised }, claims) {
    for (const { index, leaf, tensor } of view.own.values()) {
      const { dtype } = tensor
      if (dtype === null || dtypes[dtype].requiresGrad) continue
      // A piece of a tensor subclass: the whole of it may require grad.
      if (isQuantised && (leaf === '_data' || leaf.endsWith('_qdata'))) continue
      const type = dtypes[dtype].torch ?? dtype
      claims.trainable(index, {
        answer: 'no',
        level: 'deduced',
        reason: `torch lets no ${type} tensor require grad`,
        source: this.id,
      })
      if (isQuantised) continue
      claims.kind(index, {
        answer: 'buffer',
        level: 'recognised',
        reason: `${type} values, and no quantised layout in the file: indices, masks and counters are buffers`,
        source: this.id,
      })
    }
  },
}

/** The same of a file that records no types, and writes some tensors as integers where it writes the others as floats. */
export const integralLists: EvidenceSource = {
  id: 'element-type',
  title: 'Only floating and complex types can require grad',
  collect(subject, claims) {
    const { integralLists } = subject.stateDict.facts
    if (integralLists === undefined || quantisationMarker(subject) !== null) return
    const { table } = subject
    for (let index = 0; index < table.length; index++)
      if (table.dtype(index) === null && integralLists.has(table.name(index)))
        claims.kind(index, integralList)
  },
}
