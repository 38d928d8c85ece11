import { type QuantisedScheme, SchemeClaims } from './scheme.ts'

/** What torchao's subclasses keep beside their data. */
const pieces = [
  'scale',
  'zero_point',
  'scale_and_zero',
  'act_pre_scale',
  'per_tensor_scale',
  'act_per_tensor_scale',
]

/**
 * torchao in safetensors: a tensor subclass taken apart as `_weight_qdata`, `_weight_scale`,
 * `_weight_zero_point`; the JSON in the metadata puts it together again (torchao/prototype/safetensors).
 */
export const torchao: QuantisedScheme = {
  id: 'torchao',
  collect(view, { checkpoint }, claims) {
    const say = new SchemeClaims(claims, 'torchao')
    let found = false
    for (const data of view.own.values()) {
      if (!data.leaf.startsWith('_') || !data.leaf.endsWith('_qdata')) continue
      found = true
      const stem = data.leaf.slice(0, -'qdata'.length)
      const logical = data.leaf.slice(1, -'_qdata'.length)
      const described = checkpoint.metadata.get(
        view.node.path === '' ? logical : `${view.node.path}.${logical}`,
      )
      const isInt4 = typeof described === 'string' && described.includes('Int4')
      say.weight(data, 'parameter', null, isInt4 ? data.tensor.elements * 2 : data.tensor.elements)
      for (const piece of pieces) say.bookkeeping(view.own.get(stem + piece), 'other', null)
    }
    return found
  },
}
