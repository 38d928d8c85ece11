import { getItem, type PickleDict, type PickleValue } from '../../../codec/pickle-value.ts'
import type { Declaration } from '../../../model/checkpoint.ts'
import { elementsIn, itemsOf } from './objects.ts'
import type { FoundEntry } from './state-dicts.ts'

/**
 * What FairScale's FSDP tells of a shard (`local_metadata_dict`, fairscale/nn/data_parallel/fully_sharded_data_parallel.py),
 * which fairseq saves as `shard_metadata` beside the model: names of all buffers, and the flat parameters with what is in
 * each.
 */
export function fairScaleDeclarations(
  root: PickleValue,
  entries: readonly FoundEntry[],
): Map<string, Declaration> {
  const declarations = new Map<string, Declaration>()
  const metadata = metadataIn(itemsOf(root))
  if (metadata === undefined) return declarations
  const buffers = new Set(elementsIn(getItem(metadata, 'buffer_names')))
  const flat = new Set<string>()
  for (const part of (elementsIn(getItem(metadata, 'param_metadata')) ?? []).slice(0, mostParts)) {
    const items = itemsOf(part)
    if (items === undefined) continue
    const path = getItem(items, 'fsdp_path')
    for (const key of itemsOf(getItem(items, 'params'))?.keys ?? [])
      if (typeof key === 'string' && typeof path === 'string') flat.add(path === '' ? key : `${path}.${key}`)
  }
  for (const { name } of entries) {
    const clean = cleanPath(name)
    if (buffers.has(clean)) declarations.set(name, { kind: 'buffer', by: "FairScale's buffer_names" })
    else if (flat.has(clean)) declarations.set(name, { kind: 'parameter', by: "FairScale's param_metadata" })
  }
  return declarations
}

const mostParts = 100_000

function metadataIn(wrapper: PickleDict | undefined): PickleDict | undefined {
  if (wrapper === undefined) return undefined
  const metadata = itemsOf(getItem(wrapper, 'shard_metadata')) ?? wrapper
  return metadata.index.has('param_metadata') && metadata.index.has('buffer_names') ? metadata : undefined
}

/** `_clean_path`: without the modules that wrap. */
const cleanPath = (name: string) =>
  name
    .split('.')
    .filter((segment) => segment !== '_fsdp_wrapped_module' && segment !== '_fpw_module')
    .join('.')
