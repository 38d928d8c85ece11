import { getItem, isRecord, type PickleValue } from '../../../codec/pickle-value.ts'
import { SdinspectError } from '../../../errors.ts'
import type { Limits } from '../../../limits.ts'
import type { Declaration, OptimizerFacts, StateDict } from '../../../model/checkpoint.ts'
import { dtypes } from '../../../model/tensors/dtype.ts'
import { elementsOf, type Tensor } from '../../../model/tensors/tensor.ts'
import { isRegistrationOrder } from '../../registration-order.ts'
import { isGivenTo } from '../objects/given-to.ts'
import { optimizerFacts } from '../objects/optimizer-facts.ts'
import { withRoles } from '../objects/roles.ts'
import { isFlatOptimizer } from '../objects/state-dict-signs.ts'
import { type FoundStateDict, findStateDicts } from '../objects/state-dicts.ts'
import type { DistributedMetadata, DistributedTensor } from './distributed-metadata.ts'
import { distributedOptimizer } from './distributed-optimizer.ts'
import type { DistributedParts } from './distributed-parts.ts'
import { type DistributedTree, distributedTree, pathOf } from './distributed-tree.ts'

/** Beyond these, what each optimizer says of its parameters, and which model it is of, is not asked. */
const mostOptimizers = 100

export const inBlob = 'a value in a .distcp file'

/** A state dict of the tree, with what is stored for its entries. */
interface Group {
  readonly found: FoundStateDict
  readonly role: StateDict['role']
  readonly tensors: readonly DistributedTensor[]
}

/**
 * The state dicts of a checkpoint, told apart as those of a file of torch are: an optimizer may be in a dict with its model
 * (`{'app': AppState(model, optimizer)}`). Names are those of the file, with the keys of all dicts around an entry.
 */
export function distributedStateDicts(
  metadata: DistributedMetadata,
  parts: DistributedParts,
  limits: Limits,
): StateDict[] {
  const tree = distributedTree(metadata, limits)
  const { stateDicts } = findStateDicts(tree.root, tree.read, limits)
  const groups = withRoles(stateDicts).map(
    ({ stateDict, role }): Group => ({ found: stateDict, role, tensors: storedIn(stateDict, tree) }),
  )
  const values = valuesIn(groups, metadata, tree)
  const weights = groups.filter(({ role }) => role === 'model' || role === 'ema')
  const models = weights.filter(({ role }) => role === 'model').map(({ found }) => found)
  const optimizers = groups.filter(({ role }) => role === 'optimizer')
  const isAsked = Math.max(optimizers.length, models.length) <= mostOptimizers
  return groups.map(({ found, role, tensors }): StateDict => {
    const behind = values.get(found)?.map((name) => ({
      name,
      position: tensors.length,
      type: null,
      description: inBlob,
    }))
    const facts =
      role === 'model' && isAsked
        ? optimizers
            .filter((one) => isGivenTo(one.found, found, models))
            .flatMap((one) => optimizerOf(one, metadata, tree, nameIn(found, tensors)) ?? [])
        : []
    return {
      path: weights.length === 1 && role === 'model' ? '' : found.path,
      role,
      tensors: tensors.map((tensor) => tensorOf(tensor, parts)),
      ...withinOf(found, tensors),
      ...(behind === undefined ? {} : { values: behind }),
      order:
        role !== 'optimizer' && isRegistrationOrder(tensors.map(({ name }) => name))
          ? 'registration'
          : 'unrecorded',
      facts: {
        ...(role === 'optimizer' ? {} : declarationsOf(tensors)),
        ...(facts.length > 0 ? { optimizers: facts } : {}),
      },
    }
  })
}

function storedIn({ entries }: FoundStateDict, tree: DistributedTree): DistributedTensor[] {
  return entries.flatMap(({ source }) => tree.tensorAt(source) ?? [])
}

/** Names are joined of the keys of all dicts; a planner may call an entry otherwise. */
function withinOf(
  { path, family }: FoundStateDict,
  tensors: readonly DistributedTensor[],
): Pick<StateDict, 'within'> {
  const within = `${path}.`
  const isWithin = path !== '' && family !== 'loose' && tensors.every(({ name }) => name.startsWith(within))
  return isWithin ? { within } : {}
}

/** Names of the values that are no tensors, by the innermost state dict that they are in. */
function valuesIn(
  groups: readonly Group[],
  { values, paths }: DistributedMetadata,
  tree: DistributedTree,
): Map<FoundStateDict, string[]> {
  const byObject = new Map(groups.map(({ found }) => [found.object, found]))
  const names = new Map<FoundStateDict, string[]>()
  for (const name of values) {
    let inside: FoundStateDict | undefined
    let at: PickleValue | undefined = tree.root
    for (const key of pathOf(name, paths)) {
      if (!isRecord(at) || at.kind !== 'dict') break
      const found = byObject.get(at)
      if (found !== undefined && found.family !== 'loose') inside = found
      const next = at.index.get(key)
      at = next === undefined ? undefined : at.values[next]
    }
    if (inside === undefined) continue
    const known = names.get(inside)
    if (known === undefined) names.set(inside, [name])
    else known.push(name)
  }
  return names
}

/** What an optimizer calls a parameter, as the model's own entry is called in the file. */
function nameIn({ path }: FoundStateDict, tensors: readonly DistributedTensor[]): (name: string) => string {
  const names = new Set(tensors.map(({ name }) => name))
  return (parameter) => {
    const full = path === '' ? parameter : `${path}.${parameter}`
    return names.has(full) ? full : parameter
  }
}

function optimizerOf(
  { found, tensors }: Group,
  { paths }: DistributedMetadata,
  tree: DistributedTree,
  nameOf: (parameter: string) => string,
): OptimizerFacts | null {
  const { object, path } = found
  if (!isRecord(object) || object.kind !== 'dict') return null
  if (!isFlatOptimizer(object)) {
    const listed = getItem(object, 'param_groups')
    const groups = isRecord(listed) && listed.kind === 'dict' ? listed.keys.length : 0
    const depth = tree.keysOf(object).length
    const kept = tensors.map(({ name, shape }) => ({ keys: pathOf(name, paths).slice(depth), shape }))
    return distributedOptimizer(path, kept, groups, nameOf)
  }
  const facts = optimizerFacts(object, path, tree.read)
  if (facts === null) return null
  return {
    ...facts,
    groups: facts.groups.map(({ parameters }) => ({
      parameters: parameters.map((one) => ({ ...one, name: one.name === null ? null : nameOf(one.name) })),
    })),
  }
}

/** The flag is True only where live parameters were saved; False is what `state_dict()` leaves of it. */
function declarationsOf(tensors: readonly DistributedTensor[]): { declarations?: Map<string, Declaration> } {
  const declarations = new Map<string, Declaration>()
  // A buffer may require grad too.
  for (const { name, requiresGrad } of tensors)
    if (requiresGrad)
      declarations.set(name, { requiresGrad, level: 'recognised', by: 'its TensorProperties in .metadata' })
  return declarations.size > 0 ? { declarations } : {}
}

function tensorOf(tensor: DistributedTensor, parts: DistributedParts): Tensor {
  const { name, dtype, shape } = tensor
  const elements = elementsOf(shape)
  const bytes = dtype === null ? null : Math.ceil((elements * dtypes[dtype].bits) / 8)
  if (!Number.isSafeInteger(elements) || !Number.isSafeInteger(bytes ?? 0))
    throw new SdinspectError(
      'format/malformed',
      `.metadata: tensor ${JSON.stringify(name.slice(0, 200))} of shape [${shape.slice(0, 20).join(', ')}] has over 2^53 elements`,
      { tensor: name },
    )
  return { name, dtype, shape, elements, bytes, values: parts.valuesOf(tensor), tiedTo: null }
}
