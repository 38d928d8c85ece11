import type { Subject } from '../source.ts'
import { type Companion, companionsOf, type PackedLayout, type Reading, widened } from './packed.ts'
import { member, parsed } from './settings.ts'

/** What torchao's subclasses keep beside their data. */
const pieces = [
  'scale',
  'zero_point',
  'scale_and_zero',
  'act_pre_scale',
  'act_scale',
  'per_tensor_scale',
  'act_per_tensor_scale',
]

/**
 * torchao in safetensors (torchao/prototype/safetensors): a tensor subclass taken apart as `_weight_qdata`,
 * `_weight_scale`, …; the JSON in the metadata names the class, whose packing differs.
 */
export function torchaoLayout({ checkpoint }: Subject): PackedLayout {
  return {
    id: 'torchao',
    *sets({ view }) {
      for (const data of view.own.values()) {
        if (!data.leaf.startsWith('_') || !data.leaf.endsWith('_qdata')) continue
        const stem = data.leaf.slice(0, -'qdata'.length)
        const logical = data.leaf.slice(1, -'_qdata'.length)
        const name = view.path === '' ? logical : `${view.path}.${logical}`
        const text = checkpoint.metadata.get(name)
        const described = typeof text === 'string' ? parsed(text) : null
        const type = member(described, '_type')
        const companions: Companion[] = companionsOf(
          view,
          pieces.map((piece) => stem + piece),
          'other',
          null,
        )
        const missing = companions.some(({ own }) => own.leaf.includes('scale')) ? [] : [`${stem}scale`]
        yield {
          scheme: typeof type === 'string' ? `torchao ${type.slice(0, 60)}` : 'torchao',
          weight: data,
          kind: 'parameter',
          trainable: null,
          readings: readingOf(data.tensor, typeof type === 'string' ? type : '', described),
          least: data.tensor.elements,
          companions,
          missing,
        }
      }
    },
  }
}

function readingOf(
  { dtype, shape }: { readonly dtype: string | null; readonly shape: readonly number[] },
  type: string,
  described: unknown,
): Reading[] {
  const stated = shapeOf(member(member(described, '_data'), 'shape'))
  const bits = (times: number): number => Math.max(1, Math.round(bitsOf(dtype) / times))
  const at = (times: number): Reading[] => {
    const reading = widened(shape, times, bits(times))
    return [
      stated === null ? reading : { ...reading, shape: stated, elements: stated.reduce((a, b) => a * b, 1) },
    ]
  }
  if (type.startsWith('Int4Plain') || type.startsWith('Int4Tile')) return at(8)
  if (type.startsWith('Int4')) return at(dtype === 'I32' ? 8 : 2)
  if (type.startsWith('NVFP4')) return at(2)
  if (type.startsWith('MXTensor')) return JSON.stringify(described).includes('float4') ? at(2) : at(1)
  // An unpacked class holds a weight an element; of one that is not known only bytes of whole numbers may be packed.
  if (type !== '' || dtype === 'I8' || dtype?.startsWith('F8') === true) return at(1)
  return []
}

function bitsOf(dtype: string | null): number {
  return dtype === 'I32' ? 32 : 8
}

function shapeOf(value: unknown): readonly number[] | null {
  return Array.isArray(value) && value.every((length) => Number.isSafeInteger(length) && length >= 0)
    ? value
    : null
}
