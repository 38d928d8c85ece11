import type { Storage } from '../../model/tensor.ts'
import type { Rule } from '../rule.ts'

/** What an archive may need beside its storages: for each tensor (alignment, headers, pickle), and in all. */
const bytesPerTensor = 1_024
const bytesOfArchive = 65_536

export const storageUnusedBytes: Rule = {
  id: 'storage/unused-bytes',
  level: 'warning',
  claim: 'The file is about as large as its tensors',
  why: 'torch.save writes the whole storage of a view: ten rows of a large tensor, saved without clone(), take the size of the large tensor, and carry data nobody meant to publish.',
  case: 'torch documents it: saving a slice saves the storage it is a view of, unless it is cloned first.',
  fix: 'clone views before saving: {name: tensor.clone() for name, tensor in state.items()}',

  *check({ checkpoint }) {
    if (!checkpoint.format.startsWith('torch')) return
    const spans = new Map<string, { readonly begin: number; readonly end: number }[]>()
    let tensors = 0
    for (const stateDict of checkpoint.stateDicts)
      for (const { storage } of stateDict.tensors) {
        tensors++
        if (storage !== null) addSpan(spans, storage)
      }
    for (const { name, bytes, role } of checkpoint.files) {
      if (role !== 'weights') continue
      const used = covered(spans.get(name) ?? [])
      const unused = bytes - used
      if (used === 0 || unused <= bytesOfArchive + tensors * bytesPerTensor + used / 10) continue
      yield {
        message: `the tensors take ${used} of the ${bytes} bytes of the file: ${unused} belong to no tensor`,
        file: name,
      }
    }
  },
}

function addSpan(
  spans: Map<string, { begin: number; end: number }[]>,
  { file, offset, length }: Storage,
): void {
  const list = spans.get(file)
  const span = { begin: offset, end: offset + length }
  if (list === undefined) spans.set(file, [span])
  else list.push(span)
}

/** Bytes that at least one of the spans covers. */
function covered(spans: readonly { readonly begin: number; readonly end: number }[]): number {
  let sum = 0
  let end = 0
  for (const span of [...spans].sort((a, b) => a.begin - b.begin)) {
    if (span.end <= end) continue
    sum += span.end - Math.max(span.begin, end)
    end = span.end
  }
  return sum
}
