import { quoted } from '../errors.ts'
import type { Declaration } from '../model/checkpoint.ts'
import { sameShape } from '../model/tensors/shape.ts'

/** Collections of Flax that tell what is in them (flax.linen, `Module.init`). */
const kindOf: ReadonlyMap<string, Declaration['kind']> = new Map([
  ['params', 'parameter'],
  ['batch_stats', 'buffer'],
  ['cache', 'other'],
  ['intermediates', 'other'],
])

/** Below this stands what an optimizer keeps, in a train state of Flax. */
export const optimizerPrefix = 'opt_state.'

interface Named {
  readonly name: string
  readonly shape: readonly number[]
}

/**
 * What tensors are by the collection of Flax that they are in, or, in a file of parameters alone (`to_bytes(params)`,
 * transformers' `flax_model.msgpack`), by the names that the layers of flax.linen give theirs; empty where neither tells.
 */
export function collectionDeclarations(tensors: readonly Named[]): ReadonlyMap<string, Declaration> {
  const declarations = inCollections(tensors, '.')
  const modules = new Map<string, Map<string, Named>>()
  for (const tensor of tensors) {
    if (declarations.has(tensor.name)) continue
    const dot = tensor.name.lastIndexOf('.')
    const module = tensor.name.slice(0, Math.max(0, dot))
    const own = modules.get(module) ?? new Map<string, Named>()
    own.set(tensor.name.slice(dot + 1), tensor)
    modules.set(module, own)
  }
  for (const own of modules.values())
    for (const { name } of layerParameters(own))
      declarations.set(name, {
        kind: 'parameter',
        level: 'recognised',
        by: 'the names and shapes of a layer of Flax',
      })
  return declarations
}

/** The same of names that are whole paths, as `flatten_dict(variables, sep='/')` makes them: only where all are in collections. */
export function pathDeclarations(tensors: readonly Named[]): ReadonlyMap<string, Declaration> {
  const declarations = inCollections(tensors, '/')
  const isWhole =
    declarations.size === tensors.length && tensors.some(({ name }) => name.startsWith('params/'))
  return isWhole ? declarations : new Map()
}

function inCollections(tensors: readonly Named[], separator: string): Map<string, Declaration> {
  const declarations = new Map<string, Declaration>()
  for (const { name } of tensors) {
    const collection = name.slice(0, Math.max(0, name.indexOf(separator)))
    const kind = kindOf.get(collection)
    if (kind !== undefined)
      declarations.set(name, {
        kind,
        level: 'recognised',
        by: `the collection ${quoted(collection)} of Flax`,
      })
  }
  return declarations
}

/**
 * flax/linen/linear.py and normalization.py: a kernel and a bias of its last axes; a scale and a bias of one shape; an
 * embedding.
 */
function layerParameters(own: ReadonlyMap<string, Named>): readonly Named[] {
  const [kernel, scale, bias, embedding] = ['kernel', 'scale', 'bias', 'embedding'].map((leaf) =>
    own.get(leaf),
  )
  const fits = (of: Named): boolean =>
    bias === undefined ||
    (bias.shape.length > 0 && sameShape(bias.shape, of.shape.slice(of.shape.length - bias.shape.length)))
  const withBias = (of: Named): readonly Named[] => (bias === undefined ? [of] : [of, bias])
  if (kernel !== undefined && scale === undefined && kernel.shape.length >= 2 && fits(kernel))
    return withBias(kernel)
  if (scale !== undefined && kernel === undefined && scale.shape.length === 1 && fits(scale))
    return withBias(scale)
  return embedding?.shape.length === 2 && own.size === 1 ? [embedding] : []
}
