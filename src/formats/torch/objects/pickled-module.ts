import { getItem, type PickleCall, type PickleDict, type PickleValue } from '../../../codec/pickle-value.ts'
import { type Limits, withinLimit } from '../../../limits.ts'
import { isUnread, type TensorReader } from '../rebuild/tensor-record.ts'
import { attributesOf, elementsIn, isCall, itemsOf } from './objects.ts'
import { moduleClass, rebuiltAttributes } from './rebuilt-module.ts'
import type { FoundEntry, FoundValue } from './state-dicts.ts'

// torch/nn/modules/module.py: a pickled module is its class and its __dict__, with _parameters, _buffers,
// _non_persistent_buffers_set and _modules in it. Its state dict is made as Module.state_dict makes it: own
// parameters, own persistent buffers, then the children, each in order.

interface ModuleEntry extends FoundEntry {
  readonly kind: 'parameter' | 'buffer'
}

export interface ModuleContents {
  readonly entries: readonly ModuleEntry[]
  /** Module path to class, `torch.nn.modules.linear.Linear`. */
  readonly classes: ReadonlyMap<string, string>
  /** Buffers that `state_dict()` leaves out, by name. */
  readonly nonPersistent: ReadonlySet<string>
  /** What is rebuilt to them. */
  readonly leftOut: readonly PickleValue[]
  /** Entries that are no tensors, or whose tensors are not read. */
  readonly values: readonly FoundValue[]
}

/** The attributes of a value that is a pickled module, whatever its class is called. */
export function moduleAttributes(value: PickleValue | undefined): PickleDict | undefined {
  if (!isCall(value)) return undefined
  const attributes = rebuiltAttributes(value) ?? attributesOf(value)
  if (attributes === undefined) return undefined
  return attributes.index.has('_parameters') && attributes.index.has('_modules') ? attributes : undefined
}

interface Step {
  readonly module: PickleCall
  readonly path: string
  readonly parent: Step | null
  readonly depth: number
}

/**
 * The state dict of a pickled module. A module that is registered twice appears twice, as in torch; one that is
 * inside itself is left out there.
 */
export function moduleContents(root: PickleCall, read: TensorReader, limits: Limits): ModuleContents {
  const entries: ModuleEntry[] = []
  const classes = new Map<string, string>()
  const nonPersistent = new Set<string>()
  const values: FoundValue[] = []
  const leftOut: PickleValue[] = []
  const pending: Step[] = [{ module: root, path: '', parent: null, depth: 0 }]
  let pathLength = 0
  let looked = 0
  for (let step = pending.pop(); step !== undefined; step = pending.pop()) {
    const { module, path } = step
    const attributes = moduleAttributes(module)
    if (attributes === undefined) continue
    const prefix = path === '' ? '' : `${path}.`
    pathLength += prefix.length
    withinLimit(limits, 'pickleBytes', pathLength, 'the length of all module paths')
    withinLimit(limits, 'moduleDepth', step.depth, 'the depth of modules')
    classes.set(path, moduleClass(module))
    withinLimit(limits, 'modules', classes.size, 'the number of modules')
    const spend = (size: number) => {
      looked += size
      withinLimit(limits, 'pickleOpcodes', looked, 'the number of attributes of all modules')
    }
    const notSaved = elementsIn(getItem(attributes, '_non_persistent_buffers_set')) ?? []
    spend(notSaved.length)
    const isLeftOut = new Set(notSaved)
    const take = (dict: PickleDict | undefined, kind: 'parameter' | 'buffer') => {
      spend(dict?.keys.length ?? 0)
      dict?.keys.forEach((key, i) => {
        if (typeof key !== 'string') return
        const source = dict.values[i] ?? null
        // A parameter or buffer that is None is in no state dict.
        if (source === null) return
        const record = read(source)
        const name = prefix + key
        if (kind === 'buffer' && isLeftOut.has(key)) {
          nonPersistent.add(name)
          leftOut.push(source)
        } else if (record === null || isUnread(record))
          values.push({ name, position: entries.length, value: source })
        else entries.push({ name, record, source, kind })
      })
      withinLimit(limits, 'tensors', entries.length + values.length, 'the number of entries')
    }
    take(itemsOf(getItem(attributes, '_parameters')), 'parameter')
    take(itemsOf(getItem(attributes, '_buffers')), 'buffer')
    const children = itemsOf(getItem(attributes, '_modules'))
    if (children === undefined) continue
    spend(children.keys.length)
    for (let i = children.keys.length - 1; i >= 0; i--) {
      const [key, child] = [children.keys[i], children.values[i]]
      if (typeof key !== 'string' || !isCall(child) || isInside(child, step)) continue
      pending.push({ module: child, path: prefix + key, parent: step, depth: step.depth + 1 })
    }
  }
  return { entries, classes, nonPersistent, leftOut, values }
}

function isInside(module: PickleCall, step: Step): boolean {
  for (let outer: Step | null = step; outer !== null; outer = outer.parent)
    if (outer.module === module) return true
  return false
}
