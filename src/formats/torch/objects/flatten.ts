import type { PickleRecord, PickleValue } from '../../../codec/pickle-value.ts'
import { SdinspectError } from '../../../errors.ts'
import { type Limits, LongNames, withinLimit } from '../../../limits.ts'
import { isUnread, type TensorReader } from '../rebuild/tensor-record.ts'
import { isApart } from './apart.ts'
import { tensorHolders } from './holds-tensors.ts'
import { childrenOf, isContainer, itemsWithNames, joined } from './object-walk.ts'
import { itemsOf } from './objects.ts'
import type { FoundEntry, FoundValue } from './state-dicts.ts'

/** Whose state dict it is: what `Module.state_dict()` makes is flat, what else is saved may have parts in parts. */
type Flattening = 'made by state_dict' | 'parts' | 'optimizer'

interface Contents {
  readonly entries: readonly FoundEntry[]
  readonly values: readonly FoundValue[]
}

/**
 * The entries of a state dict in order: all tensors under it with their paths in it, and what is no tensor. A
 * container without a tensor in it is one value, and so is what torch takes for one: all that is no tensor in a dict
 * that `state_dict()` made, and by its key an extra state or packed parameters.
 */
export function flattened(
  root: PickleRecord,
  flattening: Flattening,
  read: TensorReader,
  limits: Limits,
): Contents {
  const entries: FoundEntry[] = []
  const values: FoundValue[] = []
  const seen = new Map<PickleRecord, string>([[root, '']])
  const names = new Names(limits)
  const holdsTensors = tensorHolders(read)
  const pending: Step[] = stepsIn(root, '', { value: root, depth: 0, around: null })
  let outermost: Outermost | null = null
  for (let step = pending.pop(); step !== undefined; step = pending.pop()) {
    const { name, key, value, around } = step
    const depth = around.depth + 1
    if (depth === 1) {
      if (outermost !== null) collapse(outermost, entries, values, names)
      outermost = null
    }
    const record = read(value)
    if (record !== null && !isUnread(record)) {
      names.take(name, entries.length + values.length)
      entries.push({ name, record, source: value })
      continue
    }
    const mayBeApart = depth === 1 && flattening !== 'optimizer' && isContainer(value) && record === null
    if (mayBeApart && isApart(key, value, read) && holdsTensors(value)) {
      names.take(name, entries.length + values.length)
      values.push({ name, position: entries.length, value, isApart: true })
      continue
    }
    const before = isContainer(value) ? seen.get(value) : undefined
    const isAgain = before !== undefined && (!holdsTensors(value as PickleRecord) || isInside(value, around))
    // A dict of tensors is none that `state_dict()` made, whoever put it there.
    const isPart = flattening === 'made by state_dict' && isContainer(value) && holdsTensors(value)
    if (record !== null || isAgain || !isFlattened(value, key, isPart ? 'parts' : flattening)) {
      names.take(name, entries.length + values.length)
      values.push({
        name,
        position: entries.length,
        value,
        ...(isAgain && before !== undefined ? { sameAs: before } : {}),
      })
      continue
    }
    if (before === undefined) seen.set(value, name)
    withinLimit(limits, 'pickleDepth', depth, 'data.pkl: the nesting of containers')
    withinLimit(limits, 'nameBytes', name.length, 'the length of a path')
    const inner = stepsIn(value, name, { value, depth, around })
    if (inner.every((each) => !isContainer(each.value)) && itemsOf(value) === undefined) {
      names.take(name, entries.length + values.length)
      values.push({ name, position: entries.length, value })
      continue
    }
    if (depth === 1 && flattening === 'parts')
      outermost = { name, value, entries: entries.length, values: values.length }
    for (const each of inner) pending.push(each)
  }
  if (outermost !== null) collapse(outermost, entries, values, names)
  return { entries, values }
}

interface Step {
  readonly name: string
  readonly key: PickleValue | undefined
  readonly value: PickleValue
  readonly around: Level
}

/** A container on the way to a value, with those around it. */
interface Level {
  readonly value: PickleRecord
  readonly depth: number
  readonly around: Level | null
}

/** Whether a container is inside itself here: Python's own walks over it would not end. */
function isInside(value: PickleValue, level: Level): boolean {
  for (let at: Level | null = level; at !== null; at = at.around) if (at.value === value) return true
  return false
}

/** A container right in the state dict, and what was found before it. */
interface Outermost {
  readonly name: string
  readonly value: PickleRecord
  readonly entries: number
  readonly values: number
}

/** What is in a container is told as one where no tensor is in it. */
function collapse(
  container: Outermost,
  entries: readonly FoundEntry[],
  values: FoundValue[],
  names: Names,
): void {
  if (entries.length > container.entries) return
  for (const { name } of values.splice(container.values)) names.release(name)
  names.take(container.name, entries.length + values.length)
  values.push({ name: container.name, position: entries.length, value: container.value })
}

/** Whether the tensors inside a value are entries of the state dict, each under a name of its own. */
function isFlattened(
  value: PickleValue,
  key: PickleValue | undefined,
  flattening: Flattening,
): value is PickleRecord {
  if (!isContainer(value) || flattening === 'made by state_dict') return false
  if (flattening === 'optimizer' || typeof key !== 'string') return true
  const isState = ['_extra_state', '_packed_params'].includes(key.slice(key.lastIndexOf('.') + 1))
  // A dotted key is that of an entry, whose path has been joined already: but no entry is a dict.
  return !isState && (itemsOf(value) !== undefined || !key.includes('.'))
}

/** What is in a value, the last first. Of a dict its items, not what hangs on it as attributes (`_metadata`). */
function stepsIn(value: PickleRecord, prefix: string, around: Level): Step[] {
  const items = itemsOf(value)
  const children = items === undefined ? childrenOf(value) : itemsWithNames(items)
  const steps = children.map(
    (child): Step => ({
      name: joined(prefix, child.key),
      key: child.rawKey,
      value: child.value,
      around,
    }),
  )
  return steps.reverse()
}

/** The names of one state dict: each once, and not too long together. */
class Names {
  readonly #limits: Limits
  readonly #taken = new Set<string>()
  readonly #long: LongNames
  #length = 0

  constructor(limits: Limits) {
    this.#limits = limits
    this.#long = new LongNames(limits)
  }

  release(name: string): void {
    this.#taken.delete(name)
  }

  take(name: string, before: number): void {
    withinLimit(this.#limits, 'nameBytes', name.length, 'the length of a tensor name')
    this.#long.take(name.length)
    if (this.#taken.has(name))
      throw new SdinspectError(
        'format/malformed',
        `data.pkl: two entries are called ${JSON.stringify(name.slice(0, 200))}`,
        { tensor: name },
      )
    this.#taken.add(name)
    this.#length += name.length
    withinLimit(this.#limits, 'pickleBytes', this.#length, 'the length of all tensor names')
    withinLimit(this.#limits, 'tensors', before, 'the number of entries')
  }
}
