import { inspectionOf } from '../model/inspection.ts'
import { MadeList } from '../model/made-list.ts'
import { rowsByName } from '../model/name-order.ts'
import { naturalCompare } from '../model/natural-order.ts'
import type { Report, StateDictReport } from '../model/report.ts'
import { chosenStateDict } from '../model/select.ts'
import type { TensorList } from '../model/tensor-list.ts'
import { levelRank, type Verdict } from '../model/verdict.ts'
import type { LockedCheckpoint, LockedFile, LockedTensor, LockedValue, LockLevel } from './lock.ts'

export interface LockOptions {
  /** Relative to the folder of the lock. Default: the path of the report. */
  readonly path?: string
  /** Path of the state dict; null: the model, or else the first. */
  readonly at?: string | null
  readonly level?: LockLevel
  /** Digests of the files, which the level `exact` needs. */
  readonly files?: readonly Omit<LockedFile, 'line'>[]
}

/**
 * What a lock says of a checkpoint.
 *
 * @throws SdinspectError `usage/state-dict`
 */
export function lockCheckpoint(report: Report, options: LockOptions = {}): LockedCheckpoint {
  const stateDict = chosenStateDict(report.stateDicts, options.at ?? null)
  const level = options.level ?? 'layout'
  return {
    path: options.path ?? report.path,
    stateDict: stateDict?.path ?? '',
    level,
    tensors: lockedTensors(stateDict),
    values: lockedValues(stateDict),
    files: level === 'exact' ? (options.files ?? []).map((file) => ({ ...file, line: 0 })) : [],
    line: 0,
  }
}

/** In natural order: the same whichever format the tensors come from. Made when they are asked for. */
function lockedTensors(stateDict: StateDictReport | null): TensorList<LockedTensor> {
  if (stateDict === null) return []
  const inspection = inspectionOf(stateDict)
  const { table, verdicts } = inspection
  const rows = rowsByName(inspection.tree)
  const facts = inspection.pool.map(lockedVerdict)
  return new MadeList(rows.length, (index): LockedTensor => {
    const row = rows[index] as number
    const { kind, assumed, frozen } = facts[verdicts[row] as number] as LockedVerdict
    const representation = inspection.representation(row)
    const locked = {
      name: table.name(row),
      kind,
      assumed,
      dtype: table.dtype(row),
      shape: table.shape(row),
      frozen,
      tiedTo: table.tie(row),
      line: 0,
    }
    return representation === undefined ? locked : { ...locked, representation }
  })
}

type LockedVerdict = Pick<LockedTensor, 'kind' | 'assumed' | 'frozen'>

function lockedVerdict({ kind, trainable }: Verdict): LockedVerdict {
  return {
    kind: kind.answer,
    assumed: kind.level === 'assumed',
    // A parameter that is known, not guessed, not to be trained.
    frozen:
      kind.answer === 'parameter' &&
      trainable.answer === 'no' &&
      levelRank(trainable.level) <= levelRank('deduced'),
  }
}

function lockedValues(stateDict: StateDictReport | null): LockedValue[] {
  return (stateDict?.values ?? [])
    .map(({ name, type, parts = [] }): LockedValue => ({ name, type, parts, line: 0 }))
    .sort((a, b) => naturalCompare(a.name, b.name))
}
