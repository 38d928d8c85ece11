import { type DType, dtypes } from '../model/dtype.ts'
import type { Answer, Kind, Trainable } from '../model/verdict.ts'
import { quantisationMarker } from './quantised/marker.ts'
import type { EvidenceSource } from './source.ts'

const frozen = new Map<DType, Answer<Trainable>>()
const buffer = new Map<DType, Answer<Kind>>()

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
  collect(subject, claims) {
    const { tensors, facts } = subject.stateDict
    const quantised = quantisationMarker(subject) !== null
    tensors.forEach((tensor, index) => {
      const { dtype } = tensor
      if (dtype === null) {
        if (!quantised && facts.integralLists?.has(tensor.name) === true) claims.kind(index, integralList)
        return
      }
      if (dtypes[dtype].requiresGrad) return
      // A piece of a tensor subclass: the whole of it may require grad.
      const leaf = subject.tree.leaves[index] as string
      if (quantised && (leaf === '_data' || leaf.endsWith('_qdata'))) return
      let no = frozen.get(dtype)
      if (no === undefined) {
        no = {
          answer: 'no',
          level: 'deduced',
          reason: `torch lets no ${dtypes[dtype].torch ?? dtype} tensor require grad`,
          source: this.id,
        }
        frozen.set(dtype, no)
      }
      claims.trainable(index, no)
      if (quantised) return
      let is = buffer.get(dtype)
      if (is === undefined) {
        is = {
          answer: 'buffer',
          level: 'recognised',
          reason: `${dtypes[dtype].torch ?? dtype} values, and no quantised layout in the file: indices, masks and counters are buffers`,
          source: this.id,
        }
        buffer.set(dtype, is)
      }
      claims.kind(index, is)
    })
  },
}
