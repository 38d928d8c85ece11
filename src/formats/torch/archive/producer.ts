import { getItem, type PickleDict, type PickleValue } from '../../../codec/pickle-value.ts'
import { itemsOf } from '../objects/objects.ts'

type Recogniser = (items: PickleDict) => string | null

const has = (items: PickleDict, ...keys: string[]) => keys.every((key) => items.index.has(key))
const text = (value: PickleValue | undefined) => (typeof value === 'string' ? value.slice(0, 60) : undefined)
const versioned = (name: string, version: string | undefined) =>
  version === undefined ? name : `${name} ${version}`

// The keys each trainer writes at the top of its checkpoints.
const recognisers: readonly Recogniser[] = [
  (items) =>
    has(items, 'pytorch-lightning_version')
      ? versioned('Lightning', text(getItem(items, 'pytorch-lightning_version')))
      : null,
  (items) => (has(items, 'ds_version') ? versioned('DeepSpeed', text(getItem(items, 'ds_version'))) : null),
  (items) => (has(items, 'buffer_names', 'param_shapes') ? 'DeepSpeed' : null),
  (items) => {
    const meta = itemsOf(getItem(items, 'meta'))
    if (meta === undefined) return null
    if (has(meta, 'mmengine_version')) return versioned('MMEngine', text(getItem(meta, 'mmengine_version')))
    return has(meta, 'mmcv_version') ? versioned('MMCV', text(getItem(meta, 'mmcv_version'))) : null
  },
  (items) =>
    has(items, 'train_args', 'model', 'version')
      ? versioned('Ultralytics', text(getItem(items, 'version')))
      : null,
  (items) => (has(items, 'epoch', 'arch', 'state_dict', 'version', 'args') ? 'timm' : null),
  (items) => (has(items, 'model', 'optimizer_history', 'extra_state') ? 'fairseq' : null),
  (items) => (has(items, 'checkpoint_version', 'iteration', 'model') ? 'Megatron-LM' : null),
]

/** The program that wrote a checkpoint, by the keys at its top; null where they say nothing. */
export function producerOf(root: PickleValue): string | null {
  const items = itemsOf(root)
  if (items === undefined) return null
  for (const recognise of recognisers) {
    const producer = recognise(items)
    if (producer !== null) return producer
  }
  return null
}
