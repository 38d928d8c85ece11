import type { PickleCall, PickleValue } from '../../../codec/pickle-value.ts'
import { type Limits, withinLimit } from '../../../limits.ts'
import type { Declaration } from '../../../model/checkpoint.ts'
import { childrenOf, isContainer } from '../objects/object-walk.ts'
import { attributesOf, calleeName, isCall } from '../objects/objects.ts'
import type { FoundEntry } from '../objects/state-dicts.ts'
import { isUnread, type TensorReader, type TensorRecord } from '../rebuild/tensor-record.ts'
import type { ScriptClass } from './script-classes.ts'

export interface ScriptContents {
  readonly entries: readonly FoundEntry[]
  readonly declarations: ReadonlyMap<string, Declaration>
  /** Module path to type, `__torch__.Net`. */
  readonly types: ReadonlyMap<string, string>
}

/** The type of a TorchScript module object; undefined for another value. */
export function scriptType(value: PickleValue | undefined): string | undefined {
  if (!isCall(value)) return undefined
  const name = calleeName(value)
  return name?.startsWith('__torch__.') ? name : undefined
}

interface Step {
  readonly module: PickleCall
  readonly path: string
  readonly depth: number
}

/**
 * The tensors of a TorchScript module as `state_dict()` orders them: own parameters and buffers, then the
 * children. Tensors that are neither are plain attributes, which no state dict has; they are kept as `other`.
 */
export function scriptContents(
  root: PickleCall,
  classOf: (type: string) => ScriptClass | undefined,
  read: TensorReader,
  limits: Limits,
): ScriptContents {
  const entries: FoundEntry[] = []
  const declarations = new Map<string, Declaration>()
  const types = new Map<string, string>()
  let looked = 0
  const pending: Step[] = [{ module: root, path: '', depth: 0 }]
  for (let step = pending.pop(); step !== undefined; step = pending.pop()) {
    const { module, path, depth } = step
    const type = scriptType(module) as string
    const lists = classOf(type)
    types.set(path, type)
    withinLimit(limits, 'modules', types.size, 'the number of modules')
    withinLimit(limits, 'moduleDepth', depth, 'the depth of modules')
    const own: { key: string; record: TensorRecord; source: PickleValue; rank: number }[] = []
    const children: Step[] = []
    const contents = contentsOf(module)
    looked += contents.length
    withinLimit(limits, 'pickleOpcodes', looked, 'the number of attributes of all modules')
    for (const { key, value } of contents) {
      const record = read(value)
      if (record !== null && !isUnread(record)) {
        const rank = lists?.parameters.has(key) ? 0 : lists?.buffers.has(key) ? 1 : 2
        own.push({ key, record, source: value, rank })
      } else if (record === null && scriptType(value) !== undefined)
        children.push({ module: value as PickleCall, path: dotted(path, key), depth: depth + 1 })
    }
    own.sort((a, b) => a.rank - b.rank)
    for (const { key, record, source, rank } of own) {
      const name = dotted(path, key)
      withinLimit(limits, 'nameBytes', name.length, 'the length of a tensor name')
      entries.push({ name, record, source })
      declarations.set(name, declarationOf(rank, record, lists !== undefined))
    }
    withinLimit(limits, 'tensors', entries.length, 'the number of tensors')
    for (const child of children.reverse()) pending.push(child)
  }
  return { entries, declarations, types }
}

/** Attributes, or the elements of what a `__getstate__` returned (packed parameters of quantised modules). */
function contentsOf(module: PickleCall): readonly { readonly key: string; readonly value: PickleValue }[] {
  if (attributesOf(module) !== undefined) return childrenOf(module)
  const state = module.states.at(-1)
  return state !== undefined && isContainer(state) ? childrenOf(state) : []
}

function declarationOf(rank: number, { requiresGrad }: TensorRecord, hasLists: boolean): Declaration {
  const flag = requiresGrad === null ? {} : { requiresGrad }
  if (rank === 0) return { kind: 'parameter', ...flag, by: "its class's __parameters__" }
  if (rank === 1) return { kind: 'buffer', ...flag, by: "its class's __buffers__" }
  return hasLists
    ? { kind: 'other', ...flag, by: 'its class, where it is a plain attribute,' }
    : { ...flag, by: 'its tensor record' }
}

function dotted(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}
