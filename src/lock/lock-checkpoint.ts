import { SdinspectError } from '../errors.ts'
import { inspectionOf } from '../model/inspection.ts'
import { rowsByName } from '../model/names/name-order.ts'
import { naturalCompare } from '../model/names/natural-order.ts'
import type { Report, StateDictReport } from '../model/report.ts'
import { chosenStateDict } from '../model/select.ts'
import { MadeList } from '../model/tensors/made-list.ts'
import type { TensorList } from '../model/tensors/tensor-list.ts'
import { levelRank, type Verdict } from '../model/verdict.ts'
import {
  holdsToValues,
  type LockedCheckpoint,
  type LockedFile,
  type LockedTensor,
  type LockedValue,
  type LockLevel,
} from './lock.ts'

export interface LockOptions {
  /** Relative to the folder of the lock. Default: the path of the report. */
  readonly path?: string
  /** Path of the state dict; null: the model, or else the first. */
  readonly at?: string | null
  readonly level?: LockLevel
  /** Digests of the files, which the level `exact` needs. */
  readonly files?: readonly Omit<LockedFile, 'line'>[]
  /** The digest of each tensor by its name (`digestValues`), which `exact` and `values` write down. */
  readonly digests?: ReadonlyMap<string, string>
}

/**
 * What a lock says of a checkpoint.
 *
 * @throws SdinspectError `usage/state-dict`; `usage/arguments` for the level `values` without digests
 */
export function lockCheckpoint(report: Report, options: LockOptions = {}): LockedCheckpoint {
  const stateDict = chosenStateDict(report.stateDicts, options.at ?? null)
  const level = options.level ?? 'layout'
  const digests = holdsToValues(level) ? options.digests : undefined
  if (level === 'values' && digests === undefined)
    throw new SdinspectError('usage/arguments', 'a lock of values needs the digest of each tensor')
  return {
    path: options.path ?? report.path,
    stateDict: stateDict?.path ?? '',
    level,
    tensors: lockedTensors(stateDict, digests),
    values: lockedValues(stateDict, digests),
    files: level === 'exact' ? (options.files ?? []).map((file) => ({ ...file, line: 0 })) : [],
    line: 0,
  }
}

/** In natural order: the same whichever format the tensors come from. Made when they are asked for. */
function lockedTensors(
  stateDict: StateDictReport | null,
  digests: ReadonlyMap<string, string> | undefined,
): TensorList<LockedTensor> {
  if (stateDict === null) return []
  const inspection = inspectionOf(stateDict)
  const { table, verdicts } = inspection
  const rows = rowsByName(inspection.tree)
  const facts = inspection.pool.map(lockedVerdict)
  return new MadeList(rows.length, (index): LockedTensor => {
    const row = rows[index] as number
    const { kind, assumed, frozen } = facts[verdicts[row] as number] as LockedVerdict
    const representation = inspection.representation(row)
    const [name, tiedTo] = [table.name(row), table.tie(row)]
    const sha256 = tiedTo === null ? digests?.get(name) : undefined
    const locked = {
      name,
      kind,
      assumed,
      dtype: table.dtype(row),
      shape: table.shape(row),
      frozen,
      tiedTo,
      line: 0,
      ...(sha256 !== undefined && { sha256 }),
    }
    return representation === undefined ? locked : { ...locked, representation }
  })
}

/** Whether a parameter of the state dict may be locked as frozen: only then each has to be looked at. */
export function mayBeFrozen(stateDict: StateDictReport | null): boolean {
  return stateDict !== null && inspectionOf(stateDict).pool.some((verdict) => lockedVerdict(verdict).frozen)
}

type LockedVerdict = Pick<LockedTensor, 'kind' | 'assumed' | 'frozen'>

function lockedVerdict({ kind, trainable }: Verdict): LockedVerdict {
  // What the values say is no part of a layout: it changes when the model trains, and not every reader sees them.
  const { withoutValues } = kind
  return {
    kind: withoutValues ?? kind.answer,
    assumed: withoutValues !== undefined || kind.level === 'assumed',
    // A parameter that is known, not guessed, not to be trained.
    frozen:
      kind.answer === 'parameter' &&
      trainable.answer === 'no' &&
      levelRank(trainable.level) <= levelRank('deduced'),
  }
}

function lockedValues(
  stateDict: StateDictReport | null,
  digests: ReadonlyMap<string, string> | undefined,
): LockedValue[] {
  return (stateDict?.values ?? [])
    .map(({ name, type, parts = [] }): LockedValue => {
      const sha256 = digests?.get(name)
      return { name, type, parts, line: 0, ...(sha256 !== undefined && { sha256 }) }
    })
    .sort((a, b) => naturalCompare(a.name, b.name))
}
