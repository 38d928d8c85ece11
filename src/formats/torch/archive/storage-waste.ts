import { finding } from '../../../findings/finding.ts'
import type { Finding } from '../../../model/finding.ts'
import type { Tensor } from '../../../model/tensors/tensor.ts'
import type { TensorList } from '../../../model/tensors/tensor-list.ts'
import type { FoundStateDict } from '../objects/state-dicts.ts'
import type { StorageRef } from '../rebuild/tensor-record.ts'

/** As much is worth a word in any file; less where it is most of what is stored. */
const noticedBytes = 1_000_000
const noticedOfSmall = 4_096

interface Use {
  readonly storage: StorageRef
  readonly name: string
  bytes: number
}

/**
 * A finding when storages are saved whole for tensors that are a part of them: `torch.save(big[:10])` writes
 * all of `big`. The answer to "why is this file so large" for a file whose tensors do not explain it.
 */
export function storageWaste(
  found: readonly FoundStateDict[],
  tensors: readonly TensorList<Tensor>[],
): Finding[] {
  const uses = new Map<string, Use>()
  found.forEach(({ entries, path }, d) => {
    entries.forEach(({ name, record: { storage } }, i) => {
      const tensor = tensors[d]?.at(i)
      if (storage === null || tensor === undefined) return
      let use = uses.get(storage.key)
      if (use === undefined) {
        use = { storage, name: path === '' ? name : `${path}.${name}`, bytes: 0 }
        uses.set(storage.key, use)
      }
      // A tied tensor uses no more, and a copy in another state dict at most as much again.
      if (tensor.tiedTo === null) use.bytes += tensor.bytes ?? 0
    })
  })
  let unused = 0
  let used = 0
  let worst: Use | undefined
  const left = ({ storage, bytes }: Use) => Math.max(0, storage.bytes - bytes)
  for (const use of uses.values()) {
    unused += left(use)
    used += use.bytes
    if (worst === undefined || left(use) > left(worst)) worst = use
  }
  const isMost = unused >= noticedOfSmall && unused > used
  if (worst === undefined || (unused < noticedBytes && !isMost)) return []
  const { storage, name } = worst
  return [finding('torch/oversized-storage', { unused, bytes: storage.bytes }, { tensor: name })]
}
