import type { Plain } from '../model/checkpoint.ts'
import { joinedTables } from '../model/tensors/joined-tables.ts'
import type { Tensor } from '../model/tensors/tensor.ts'
import type { TensorList } from '../model/tensors/tensor-list.ts'
import { tableOf } from '../model/tensors/tensor-table.ts'

/** Keys that writers use for other things, whatever their value. */
const ownKeys = new Set([
  'format',
  'tensor_names',
  'total_size',
  'total_parameters',
  'quantization',
  'auto_gptq_version',
  'DCP_VERSION',
  'DCP_SHARDING_INFO',
])
const ownPrefixes = ['modelspec.', 'ss_', 'sshs_', 'gptq_']

/** One-word keys people put on a model. A tensor may be called so too, so such a key declares nothing. */
const plainWords = new Set(
  `architecture author base_model commit creator dataset date description dtype epoch framework language layer
  library license model model_name model_type name notes prompt quantization source step tag tags task title
  tokenizer trained_with type url usage version`.split(/\s+/),
)

/**
 * The names of tied tensors that were left out of a file, each with the name that was kept, as
 * `safetensors.torch.save_model` and huggingface_hub write them: a metadata key that is no tensor, its value
 * one that is (safetensors torch.py; huggingface_hub serialization/_torch.py).
 *
 * @param has whether there is a tensor of this name
 */
export function declaredAliases(
  metadata: ReadonlyMap<string, Plain>,
  has: (name: string) => boolean,
): ReadonlyMap<string, string> {
  const aliases = new Map<string, string>()
  for (const [removed, kept] of metadata) {
    if (typeof kept !== 'string' || !has(kept) || has(removed) || isOwnKey(removed)) continue
    if (isNumber(kept) && !mayBeNumbered(removed)) continue
    aliases.set(removed, kept)
  }
  return aliases
}

const isNumber = (text: string): boolean => /^\d+$/.test(text)

/** Tensors are called by numbers in a list of them: `rank: 8` beside them is a setting. */
const mayBeNumbered = (name: string): boolean => isNumber(name) || name.includes('.')

function isOwnKey(key: string): boolean {
  return (
    key === '' ||
    ownKeys.has(key) ||
    plainWords.has(key.toLowerCase()) ||
    ownPrefixes.some((prefix) => key.startsWith(prefix))
  )
}

/** `tensors`, and after them the entries that were left out, each tied to the one that was kept. */
export function withAliases(
  tensors: TensorList<Tensor>,
  aliases: ReadonlyMap<string, string>,
): TensorList<Tensor> {
  if (aliases.size === 0) return tensors
  const table = tableOf(tensors)
  const wanted = new Set(aliases.values())
  const kept = new Map<string, Tensor>()
  for (let row = 0; row < table.length; row++) {
    const name = table.name(row)
    if (wanted.has(name)) kept.set(name, table.at(row) as Tensor)
  }
  const added: Tensor[] = []
  for (const [removed, name] of aliases) {
    const tensor = kept.get(name)
    if (tensor !== undefined) added.push({ ...tensor, name: removed, tiedTo: tensor.tiedTo ?? name })
  }
  return joinedTables([table, tableOf(added)]).table
}
