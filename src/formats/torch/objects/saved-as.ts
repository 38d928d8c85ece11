import { getItem, isRecord, type PickleDict, type PickleValue } from '../../../codec/pickle-value.ts'
import type { OptimizerGroup, SavedAs, VersionedModules } from '../../../model/saved-as.ts'
import { numpyArray } from '../rebuild/numpy.ts'
import type { TensorRecord } from '../rebuild/tensor-record.ts'
import { calleeName, elementsIn, isCall, itemsOf, keyText } from './objects.ts'
import type { FoundStateDict } from './state-dicts.ts'

/** More groups, or options of one, are nobody's. */
const mostGroups = 100_000
const mostOptions = 100

/** What the object is that a state dict was found in, for whoever loads it. */
export function savedAs(found: FoundStateDict): SavedAs {
  const { object, family, module, metadata, entries } = found
  const items = itemsOf(object)
  const isMapping = module === null && items !== undefined
  const strided = entries.flatMap(({ name, record }) => (isCopied(record) ? [] : [name]))
  const arrays = entries.flatMap(({ name, source }) => (numpyArray(source) === null ? [] : [name]))
  const expanded = entries.flatMap(({ name, record }) => (sharesMemory(record) ? [name] : []))
  return {
    class: module?.classes.get('') ?? classOf(object),
    isMapping,
    ...(metadata === null ? {} : versionsOf(metadata, entries)),
    ...(module === null ? {} : normsOf(module.classes)),
    ...(isMapping ? keyClassOf(items) : {}),
    ...(expanded.length === 0 ? {} : { expanded }),
    ...(strided.length === 0 ? {} : { strided }),
    ...(isMapping && metadata !== null ? containersIn(items, found) : {}),
    ...(arrays.length === 0 ? {} : { arrays }),
    ...(family === 'optimizer' && items !== undefined ? { groups: groupsOf(items) } : {}),
  }
}

/** What torch builds of the calls that make tensors. */
const classesMade: ReadonlyMap<string, string> = new Map([
  ['torch._utils._rebuild_parameter', 'torch.nn.parameter.Parameter'],
  ['torch._utils._rebuild_parameter_with_state', 'torch.nn.parameter.Parameter'],
])

function classOf(object: PickleValue): string {
  if (isCall(object)) {
    const name = calleeName(object) ?? 'object'
    const made = /^torch\._utils\._rebuild_\w*tensor\w*$/.test(name) ? 'torch.Tensor' : classesMade.get(name)
    return made ?? name.replace(/^(?:builtins|__builtin__)\./, '')
  }
  return isRecord(object) ? object.kind : typeof object
}

function keyClassOf(items: PickleDict): Pick<SavedAs, 'keyClass'> {
  const key = items.keys.find((one) => typeof one !== 'string')
  if (key === undefined) return {}
  if (key === null) return { keyClass: 'NoneType' }
  if (typeof key === 'boolean') return { keyClass: 'bool' }
  if (typeof key === 'number' || typeof key === 'bigint') return { keyClass: 'int' }
  return { keyClass: isRecord(key) && key.kind !== 'global' ? classOf(key) : 'type' }
}

/** What `copy_` calls elements in one place of memory (aten, `has_internal_overlap`): a stride of nothing. */
function sharesMemory({ shape, strides }: TensorRecord): boolean {
  if (strides === null || shape.includes(0)) return false
  return shape.some((size, dimension) => size > 1 && strides[dimension] === 0)
}

/** Whether a quantised tensor takes it: row by row without gaps, or the channels of an image last. */
function isCopied({ shape, strides }: TensorRecord): boolean {
  if (strides === null || shape.includes(0)) return true
  const lies = (order: readonly number[]) => {
    let expected = 1
    return order.every((dimension) => {
      const size = shape[dimension] as number
      const fits = size === 1 || strides[dimension] === expected
      expected *= size
      return fits
    })
  }
  const rows = [...shape.keys()].reverse()
  return lies(rows) || (shape.length === 4 && lies([1, 3, 2, 0]))
}

/** Keys whose values the reader goes into, as they hold tensors. torch takes each for one value. */
function containersIn(items: PickleDict, { entries, values }: FoundStateDict): Pick<SavedAs, 'containers'> {
  if (items.keys.length === entries.length + values.length) return {}
  const listed = new Set([...entries, ...values].map(({ name }) => name))
  const containers = items.keys.flatMap((key, i) =>
    typeof key === 'string' && !listed.has(key)
      ? [{ name: key, class: classOf(items.values[i] ?? null) }]
      : [],
  )
  return containers.length === 0 ? {} : { containers }
}

/** Modules of version 2, as `state_dict()` of a pickled module would say: the class has it, and no file. */
function normsOf(classes: ReadonlyMap<string, string>): Pick<SavedAs, 'versions'> {
  const norm = /^torch\.nn\.modules\.(?:batchnorm|instancenorm)\./
  const modules = [...classes].flatMap(([path, name]) => (norm.test(name) ? [path] : []))
  return modules.length === 0 ? {} : { versions: [{ version: 2, modules }] }
}

function versionsOf(
  metadata: PickleDict,
  entries: FoundStateDict['entries'],
): Pick<SavedAs, 'versions' | 'spectralNorms'> {
  const byVersion = new Map<number | null, string[]>()
  const spectralNorms: string[] = []
  metadata.keys.forEach((key, i) => {
    const local = itemsOf(metadata.values[i])
    if (typeof key !== 'string' || local === undefined) return
    const version = getItem(local, 'version')
    const known = typeof version === 'number' ? version : null
    if (known !== 1) {
      const modules = byVersion.get(known)
      if (modules === undefined) byVersion.set(known, [key])
      else modules.push(key)
    }
    itemsOf(getItem(local, 'spectral_norm'))?.keys.forEach((name) => {
      const weight = /^(.+)\.version$/.exec(keyText(name))?.[1]
      if (weight !== undefined) spectralNorms.push(key === '' ? weight : `${key}.${weight}`)
    })
  })
  const strangers = new Set<string>()
  for (const { name } of entries) {
    const owner = name.slice(0, Math.max(0, name.lastIndexOf('.')))
    if (!metadata.index.has(owner)) strangers.add(owner)
  }
  if (strangers.size > 0) byVersion.set(null, [...(byVersion.get(null) ?? []), ...strangers])
  const versions = [...byVersion].map(([version, modules]): VersionedModules => ({ version, modules }))
  return { versions, ...(spectralNorms.length === 0 ? {} : { spectralNorms }) }
}

function groupsOf(items: PickleDict): readonly OptimizerGroup[] | null {
  const groups = elementsIn(getItem(items, 'param_groups'))
  return (
    groups?.slice(0, mostGroups).map((group) => {
      const options = itemsOf(group)
      const ids = options === undefined ? undefined : elementsIn(getItem(options, 'params'))
      return {
        parameters: ids?.length ?? null,
        options: (options?.keys ?? [])
          .slice(0, mostOptions)
          .map(keyText)
          .filter((key) => key !== 'params' && key !== 'param_names'),
      }
    }) ?? null
  )
}
