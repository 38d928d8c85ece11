import { SdinspectError } from '../errors.ts'
import { selectedValues } from './entries.ts'
import { type Inspection, inspectionOf, withFields } from './inspection.ts'
import { nearest } from './names/edit-distance.ts'
import type { Matcher } from './names/pattern.ts'
import type { Report, StateDictReport, ValueReport } from './report.ts'
import { totalsOf } from './totals.ts'
import type { Kind } from './verdict.ts'

/**
 * The state dict a command is about: the one at path `at`; when that is null the model, or else the first
 * one; null when the checkpoint has none.
 *
 * @throws SdinspectError `usage/state-dict` when there is none at `at`
 */
export function chosenStateDict<T extends Pick<StateDictReport, 'path' | 'role'>>(
  stateDicts: readonly T[],
  at: string | null,
): T | null {
  if (at === null) return stateDicts.find(({ role }) => role === 'model') ?? stateDicts[0] ?? null
  const found = stateDicts.find((stateDict) => stateDict.path === at)
  if (found !== undefined) return found
  const paths = stateDicts.map((stateDict) => stateDict.path).filter((path) => path !== '')
  const near = nearest(at, paths)
  const shown = paths.slice(0, 20).join(', ') + (paths.length > 20 ? ', …' : '')
  throw new SdinspectError('usage/state-dict', `there is no state dict at ${JSON.stringify(at)}`, {
    hint:
      near !== undefined
        ? `did you mean ${near}?`
        : paths.length > 0
          ? `the checkpoint has ${shown}`
          : 'the whole file is one state dict, so leave --at out',
  })
}

/** The report with no state dict but `chosen`, and in it no tensor but those `wanted`, counted anew. */
export function narrowed(report: Report, chosen: StateDictReport | null, wanted: Matcher | null): Report {
  const stateDicts = chosen === null ? report.stateDicts : [chosen]
  if (wanted === null) return chosen === null ? report : { ...report, stateDicts }
  return { ...report, stateDicts: stateDicts.map((stateDict) => selected(stateDict, wanted)) }
}

/** The state dict as if it held only the entries whose name is `wanted`. */
export function selected(stateDict: StateDictReport, wanted: Matcher): StateDictReport {
  const values = selectedValues(stateDict, wanted)
  return withValues(
    withRows(
      stateDict,
      rowsWhere(stateDict, (inspection, row) => wanted(inspection.table.name(row))),
    ),
    values,
  )
}

/** The state dict as if it held only the tensors of one kind. What is no tensor is neither parameter nor buffer. */
export function ofKind(stateDict: StateDictReport, kind: Kind): StateDictReport {
  return withValues(
    withRows(
      stateDict,
      rowsWhere(stateDict, (inspection, row) => inspection.verdict(row).kind.answer === kind),
    ),
    [],
  )
}

/** The state dict with these values in place of its own. */
function withValues(stateDict: StateDictReport, values: readonly ValueReport[]): StateDictReport {
  if (values.length > 0) return withFields(stateDict, { values })
  if (stateDict.values !== undefined) delete (stateDict as { values?: unknown }).values
  return stateDict
}

/** The places of the tensors of which `holds` says so. */
function rowsWhere(
  stateDict: StateDictReport,
  holds: (inspection: Inspection, row: number) => boolean,
): Uint32Array {
  const inspection = inspectionOf(stateDict)
  const rows = new Uint32Array(inspection.length)
  let count = 0
  for (let row = 0; row < inspection.length; row++) if (holds(inspection, row)) rows[count++] = row
  return rows.subarray(0, count)
}

/** The state dict of these rows, in this order, counted anew. */
function withRows(stateDict: StateDictReport, rows: Uint32Array): StateDictReport {
  const inspection = inspectionOf(stateDict).pick(rows)
  return withFields(stateDict, { totals: totalsOf(inspection, inspection.uncounted) }, inspection)
}
