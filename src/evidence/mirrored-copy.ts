import { sameShape } from '../model/tensors/shape.ts'
import type { Tensor } from '../model/tensors/tensor.ts'
import type { Answer, Kind } from '../model/verdict.ts'
import type { EvidenceSource, Subject } from './source.ts'

/** What names of averaged copies begin with, before the name of what they are copies of. */
const prefixes = /^(ema|swa|avg|averaged|shadow|target|teacher|momentum|model_ema)_/

const copy: Answer<Kind> = {
  answer: 'buffer',
  level: 'recognised',
  reason:
    'its name holds the whole name of another entry of its shape, as averaged copies that are registered as buffers do',
  source: 'mirrored-copy',
}

/** The same of what learning without forgetting keeps of each parameter: its importance, and its value before. */
const otherPrefixes = /^(fisher|old|prev|previous|omega|importance|anchor|star|init|initial)_/

const kept: Answer<Kind> = {
  answer: 'buffer',
  level: 'assumed',
  reason:
    'its name holds the whole name of another entry of its shape, as buffers that are kept of each parameter do',
  source: 'mirrored-copy',
}

/** Names longer than any module's path are not worth a map of them. */
const longestName = 512

/**
 * Averaged copies under names that hold the path of the original with `_` for `.`, or without dots: a module registers them
 * with `register_buffer`, which takes no dots (mmcv's EMAHook: `ema_` + name; timm's and others' like it). One such name
 * may be chance; most of the names of a module that begin so must have their original.
 */
export const mirroredCopy: EvidenceSource = {
  id: 'mirrored-copy',
  title: 'A copy under the name of its original',
  collect(subject, claims) {
    const { stateDict, table, tree } = subject
    const mayBeCopy = tree.segments.texts.map(
      (leaf) => leaf.length <= longestName && (prefixes.test(leaf) || otherPrefixes.test(leaf)),
    )
    if (!mayBeCopy.includes(true)) return
    const candidates = new Map<number, number[]>()
    for (let index = 0; index < table.length; index++) {
      if (mayBeCopy[tree.leaves[index] as number] !== true || table.name(index).length > longestName) continue
      const owner = tree.owners[index] as number
      const known = candidates.get(owner)
      if (known === undefined) candidates.set(owner, [index])
      else known.push(index)
    }
    if (candidates.size === 0) return
    const originals = originalsOf(subject)
    for (const indexes of candidates.values()) {
      const copies = indexes.filter((index) => {
        const leaf = tree.leafOf(index).replace(prefixes, '').replace(otherPrefixes, '')
        const tensor = stateDict.tensors.at(index) as Tensor
        return (originals.get(mangled(leaf)) ?? []).some(
          (original) => original.name !== tensor.name && sameShape(original.shape, tensor.shape),
        )
      })
      if (copies.length < 2 || copies.length * 5 < indexes.length * 4) continue
      for (const index of copies) claims.kind(index, prefixes.test(tree.leafOf(index)) ? copy : kept)
    }
  },
}

/** Entries by their whole names, and by their names below the first module and the second, without dots and underscores. */
function originalsOf({ stateDict }: Subject): ReadonlyMap<string, readonly Tensor[]> {
  const originals = new Map<string, Tensor[]>()
  const add = (key: string, tensor: Tensor): void => {
    const known = originals.get(key)
    if (known === undefined) originals.set(key, [tensor])
    else known.push(tensor)
  }
  stateDict.tensors.forEach((tensor) => {
    const { name } = tensor
    const dot = name.indexOf('.')
    if (dot < 0 || name.length > longestName) return
    add(mangled(name), tensor)
    add(mangled(name.slice(dot + 1)), tensor)
    const second = name.indexOf('.', dot + 1)
    if (second > 0) add(mangled(name.slice(second + 1)), tensor)
  })
  return originals
}

function mangled(name: string): string {
  return name.replaceAll('.', '').replaceAll('_', '')
}
