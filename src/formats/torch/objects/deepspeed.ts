import { getItem, isRecord, type PickleDict, type PickleValue } from '../../../codec/pickle-value.ts'
import type { Declaration } from '../../../model/checkpoint.ts'
import { sameShape } from '../../../model/tensors/shape.ts'
import { elementsOf } from '../../../model/tensors/tensor.ts'
import { sizesIn } from '../rebuild/rebuild-arguments.ts'
import { plainRecord } from '../rebuild/strided.ts'
import { isUnread, type NamedRecord, type TensorReader, type TensorRecord } from '../rebuild/tensor-record.ts'
import { calleeName, elementsIn, isCall, itemsOf } from './objects.ts'
import type { FoundEntry, FoundStateDict } from './state-dicts.ts'

// What DeepSpeed writes beside `module` (deepspeed/runtime/engine.py, `_common_checkpoint_state`, read by
// deepspeed/utils/zero_to_fp32.py): `buffer_names` are the persistent buffers, and all else in it is parameters when it is saved;
// `param_shapes` the shapes of those that the optimizer of ZeRO was given when the engine was made, by group;
// `frozen_param_shapes` of those that do not require grad when it is saved, or have no elements, from stage 2 on; `frozen_param_fragments` what this process holds of them; `shared_params` other names of parameters.

export interface DeepSpeedLists {
  readonly buffers: ReadonlySet<string>
  readonly trainable: ReadonlyMap<string, readonly number[] | null>
  readonly frozen: ReadonlyMap<string, readonly number[] | null>
  /** Whether frozen ones are listed at all: before stage 2 they are not. */
  readonly listsFrozen: boolean
  /** A name that is not stored to the one that is. */
  readonly shared: ReadonlyMap<string, string>
  readonly fragments: ReadonlyMap<string, PickleValue>
}

/** More names than any model has; a list that a pickle repeats through its memo is not worth more work. */
const mostNames = 2_000_000

/** null for a file that is not DeepSpeed's, or has no lists. */
export function deepSpeedLists(root: PickleValue): DeepSpeedLists | null {
  const wrapper = itemsOf(root)
  if (wrapper === undefined || !wrapper.index.has('param_shapes')) return null
  const buffers = elementsIn(getItem(wrapper, 'buffer_names'))
  const frozen = getItem(wrapper, 'frozen_param_shapes')
  if (buffers === undefined || buffers.length > mostNames) return null
  return {
    buffers: new Set(buffers.filter((name) => typeof name === 'string')),
    trainable: shapesIn(getItem(wrapper, 'param_shapes')),
    frozen: shapesIn(frozen),
    listsFrozen: itemsOf(frozen) !== undefined,
    shared: new Map(
      textItems(itemsOf(getItem(wrapper, 'shared_params'))).filter(
        (item): item is [string, string] => typeof item[1] === 'string',
      ),
    ),
    fragments: new Map(textItems(itemsOf(getItem(wrapper, 'frozen_param_fragments')))),
  }
}

/**
 * What the lists say of the entries of `module`. Where a listed name is not there, entries were renamed since, and another
 * may have come by a listed name: nothing is declared then. A name that none of them has is that of a frozen parameter
 * (before ZeRO 2 these are not listed), or was added since.
 */
export function deepSpeedDeclarations(
  lists: DeepSpeedLists,
  entries: readonly FoundEntry[],
): Map<string, Declaration> {
  const declarations = new Map<string, Declaration>()
  const names = new Set(entries.map(({ name }) => lists.shared.get(name) ?? name))
  const isWhole = [...lists.buffers, ...lists.trainable.keys(), ...lists.frozen.keys()].every((name) =>
    names.has(lists.shared.get(name) ?? name),
  )
  const level = isWhole ? 'declared' : 'recognised'
  for (const { name, record } of entries) {
    const listed = lists.shared.get(name) ?? name
    if (lists.buffers.has(name))
      declarations.set(name, { kind: 'buffer', level, by: "DeepSpeed's buffer_names" })
    else if (lists.frozen.has(listed))
      declarations.set(name, {
        kind: 'parameter',
        ...(elementsOf(record.shape) === 0 && elementsOf(lists.frozen.get(listed) ?? [0]) === 0
          ? {}
          : { requiresGrad: false }),
        level,
        by: "DeepSpeed's frozen_param_shapes",
      })
    else if (lists.trainable.has(listed))
      declarations.set(name, {
        kind: 'parameter',
        requiresGrad: true,
        level,
        // It was given to the optimizer; where frozen ones are not listed, it may have been frozen since.
        ...(lists.listsFrozen ? {} : { requiresGradLevel: 'recognised' }),
        by: "DeepSpeed's param_shapes",
      })
    else if (isWhole && lists.frozen.size === 0 && !name.endsWith('_extra_state'))
      declarations.set(name, {
        kind: 'parameter',
        level: 'recognised',
        by: "DeepSpeed's buffer_names, which leaves it out,",
      })
  }
  return declarations
}

/**
 * The state dicts of a file of one rank: the placeholders that stage 3 leaves of parameters, `[0]`, are parts of tensors of
 * the shapes that are listed, and what the rank holds of frozen ones is a part and no model of its own. Where the layers are
 * in files of their own (pipelines), the state dict is what is listed.
 */
export function withZeroShapes(
  found: readonly FoundStateDict[],
  lists: DeepSpeedLists,
  root: PickleValue,
  read: TensorReader,
): FoundStateDict[] {
  const module = found.find(({ path }) => path === 'module')
  const entries =
    module === undefined ? listedEntries(lists, root) : wholeEntries(module.entries, lists, read)
  const others = found.filter((one) => one !== module && one.path !== 'frozen_param_fragments')
  if (entries.length === 0) return [...others]
  const whole: FoundStateDict = module ?? {
    path: 'module',
    family: 'tensors',
    entries: [],
    values: [],
    object: root,
    metadata: null,
    module: null,
  }
  return [{ ...whole, entries }, ...others]
}

function wholeEntries(
  entries: readonly FoundEntry[],
  lists: DeepSpeedLists,
  read: TensorReader,
): FoundEntry[] {
  const before = new Set<string>()
  return entries.map((entry) => {
    const { name, record } = entry
    const stored = lists.shared.get(name)
    const tied = stored !== undefined && before.has(stored) ? { tied: stored } : {}
    before.add(name)
    const isEmpty = elementsOf(record.shape) === 0 && !lists.buffers.has(name)
    const shape = shapeOf(lists, stored ?? name)
    if (!isEmpty || (shape !== null && sameShape(shape, record.shape))) return entry
    const fragment = read(lists.fragments.get(stored ?? name))
    const held = fragment === null || isUnread(fragment) ? record : fragment
    const part = { name: held === record ? 'placeholder' : 'fragment', record: held }
    return { ...entry, ...tied, record: partOf(record, shape, held.shape, [part]) }
  })
}

/** Entries of nothing but a name and a shape. */
function listedEntries(lists: DeepSpeedLists, root: PickleValue): FoundEntry[] {
  const entries: FoundEntry[] = []
  for (const [name, shape] of [...lists.trainable, ...lists.frozen])
    if (shape !== null)
      entries.push({
        name,
        record: partOf({ ...plainRecord, dtype: null, shape }, shape, [0], []),
        source: root,
      })
  return entries
}

/** @param shape of the whole; null where the lists of this rank leave it out, as those of shared ones do */
function partOf(
  record: TensorRecord,
  shape: readonly number[] | null,
  localShape: readonly number[],
  parts: readonly NamedRecord[],
): TensorRecord {
  return {
    ...record,
    shape: shape ?? record.shape,
    strides: null,
    offset: 0,
    storage: null,
    representation: {
      kind: 'shard',
      of: 'ZeRO',
      ...(shape === null ? {} : { globalShape: shape }),
      localShape,
      parts,
    },
  }
}

const shapeOf = (lists: DeepSpeedLists, name: string) =>
  lists.trainable.get(name) ?? lists.frozen.get(name) ?? null

/** Shapes by name, of a dict or of one such dict per optimizer group. */
function shapesIn(value: PickleValue | undefined): Map<string, readonly number[] | null> {
  const shapes = new Map<string, readonly number[] | null>()
  const dicts = new Set(isRecord(value) && value.kind === 'list' ? value.items : [value])
  for (const dict of dicts)
    for (const [name, shape] of textItems(itemsOf(dict))) shapes.set(name, sizesOf(shape))
  return shapes
}

/** A `torch.Size`, or a tuple of sizes. */
function sizesOf(value: PickleValue): readonly number[] | null {
  const sizes = isCall(value) && calleeName(value) === 'torch.Size' ? value.args[0] : value
  return sizesIn(sizes) ?? null
}

function textItems(items: PickleDict | undefined): [string, PickleValue][] {
  const found: [string, PickleValue][] = []
  items?.keys.forEach((key, i) => {
    if (typeof key === 'string' && found.length < mostNames) found.push([key, items.values[i] ?? null])
  })
  return found
}
