import { type Heard, heard, resolve, settled } from './evidence/resolve.ts'
import type { Subject } from './evidence/source.ts'
import { defaultLimits, type Limits } from './limits.ts'
import type { Checkpoint, StateDict, ValueEntry } from './model/checkpoint.ts'
import type { Finding } from './model/finding.ts'
import { Inspection, reportOfInspection } from './model/inspection.ts'
import { moduleTree } from './model/modules/tree.ts'
import { sharedPrefixes } from './model/names/prefixes.ts'
import type { StateDictReport, ValueReport } from './model/report.ts'
import { nothingSaid, type Said } from './model/statements.ts'
import { reportedPart } from './model/tensors/representation.ts'
import { tableOf } from './model/tensors/tensor-table.ts'
import { totalsOf } from './model/totals.ts'

export interface Classified {
  readonly report: StateDictReport
  readonly findings: readonly Finding[]
}

/** What evidence sources look at, for one state dict of a checkpoint. */
export function subjectOf(
  checkpoint: Checkpoint,
  stateDict: StateDict,
  said: Said = nothingSaid,
  limits: Limits = defaultLimits,
): Subject {
  const table = tableOf(stateDict.tensors)
  const tree = moduleTree(table.columns.names, limits.treeModules)
  return { checkpoint, stateDict, table, tree, said }
}

/** What was heard of state dicts before their values were looked at, until they are classified. By their tensors. */
const heardBefore = new WeakMap<object, { readonly subject: Subject; readonly heard: Heard }>()

/**
 * What speaks of the tensors of a state dict besides their values, kept for `classify`; null for `heard` where `isWorth` says
 * that it will not matter.
 */
export function heardOf(
  checkpoint: Checkpoint,
  stateDict: StateDict,
  limits: Limits,
  isWorth: (subject: Subject, limits: Limits) => boolean,
): { readonly subject: Subject; readonly heard: Heard | null } {
  const subject = subjectOf(checkpoint, stateDict, nothingSaid, limits)
  if (!isWorth(subject, limits)) return { subject, heard: null }
  const known = { subject, heard: heard(subject) }
  heardBefore.set(stateDict.tensors, known)
  return known
}

/** Parameters told from buffers, with evidence, for one state dict. */
export function classify(
  checkpoint: Checkpoint,
  stateDict: StateDict,
  said: Said = nothingSaid,
  limits: Limits = defaultLimits,
): Classified {
  const before = heardBefore.get(stateDict.tensors)
  // It is used up, and good where nothing is said besides.
  heardBefore.delete(stateDict.tensors)
  const isSame = before !== undefined && said.statements.length === 0 && said.manifest === null
  const subject = isSame
    ? { ...before.subject, checkpoint, stateDict }
    : subjectOf(checkpoint, stateDict, said, limits)
  const { verdicts, pool, book, findings } = isSame ? settled(subject, before.heard) : resolve(subject)
  const { table, tree } = subject
  const { quantisations, classes, notes, countedAs } = book
  const inspection = new Inspection({ table, tree, verdicts, pool, quantisations, classes, countedAs })
  const { path, role, order, values, savedAs } = stateDict
  const prefixes = sharedPrefixes(table)
  const totals = totalsOf(inspection, new Set(table.columns.ties.keys()))
  const report = reportOfInspection(
    inspection,
    { path, role, order, prefixes, notes, totals, ...(savedAs === undefined ? {} : { savedAs }) },
    values?.map(valueReport),
  )
  return { report, findings }
}

function valueReport({ name, position, type, description, parts }: ValueEntry): ValueReport {
  const inner = parts === undefined ? {} : { parts: parts.map(reportedPart) }
  return { name, position, kind: 'other', type, description, ...inner }
}
