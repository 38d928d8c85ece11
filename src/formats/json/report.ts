import type { SkeletonMap } from '../../codec/json-skeleton.ts'
import { RealNumber } from '../../codec/json-skeleton.ts'
import { NumberList } from '../../codec/number-list.ts'
import { quoted, SdinspectError } from '../../errors.ts'
import { type Limits, withinLimit } from '../../limits.ts'
import type {
  Checkpoint,
  CheckpointFile,
  Facts,
  Plain,
  RecordedVerdict,
  StateDict,
  ValueEntry,
} from '../../model/checkpoint.ts'
import { schemaVersion } from '../../model/report.ts'
import type { Tensor } from '../../model/tensors/tensor.ts'
import { unverifiedKinds } from '../../model/unverified.ts'
import { type Kind, levels } from '../../model/verdict.ts'
import { dtypeOf, shapeOf } from './manifest-entry.ts'
import { plainOf } from './plain.ts'
import { findingOf } from './report-finding.ts'
import { Member, shown } from './report-member.ts'
import { quantisationOf } from './report-quantisation.ts'
import { partsOf, representationOf } from './report-representation.ts'
import { savedAsOf } from './report-saved-as.ts'
import { tieTogether } from './ties.ts'

/** Whether a document is the JSON report of an earlier run, of one checkpoint or of several. */
export function isReport(document: SkeletonMap): boolean {
  return document.has('schemaVersion') && (document.has('stateDicts') || document.has('checkpoints'))
}

/**
 * The checkpoint that a report speaks of, with the verdicts it gave. Of a report of several checkpoints, the
 * state dicts of all, each under its checkpoint's place: `checkpoints.1.model`.
 *
 * @throws SdinspectError `format/malformed` with the path of the member that is not as a report has it,
 *   `unsupported/feature` for a report of another schema version
 */
export function readReport(document: SkeletonMap, limits: Limits): Checkpoint {
  const version = document.get('schemaVersion')
  if (version !== schemaVersion) {
    throw new SdinspectError(
      'unsupported/feature',
      `the report has schema version ${shown(version)}, expected ${schemaVersion}`,
      { hint: 'write it again with this version of sdinspect' },
    )
  }
  if (!document.has('checkpoints')) return checkpointOf(new Member(document, ''), '', limits)
  const members = new Member(document, '').list('checkpoints')
  const reports = members.filter((member) => member.map.has('stateDicts'))
  const read = reports.map((member) => checkpointOf(member, reports.length === 1 ? '' : member.path, limits))
  const [first] = read
  if (first === undefined) throw new SdinspectError('format/malformed', 'the report holds no checkpoint')
  return {
    ...first,
    format: read.every((one) => one.format === first.format) ? first.format : 'mixed',
    files: read.flatMap((one) => one.files),
    stateDicts: read.flatMap((one) => one.stateDicts),
    findings: read.flatMap((one) => one.findings),
  }
}

function checkpointOf(report: Member, prefix: string, limits: Limits): Checkpoint {
  return {
    format: report.text('format'),
    producer: report.textOrNull('producer'),
    files: report.list('files').map(fileOf),
    metadata: metadataOf(report),
    side: {},
    stateDicts: report.list('stateDicts').map((member) => stateDictOf(member, prefix, limits)),
    findings: report.list('findings').map(findingOf),
    values: new Map(report.list('values').map((value) => [value.text('path'), value.text('value')])),
    ...pickleOf(report),
    ...unverifiedOf(report),
    ...originOf(report),
  }
}

function originOf(report: Member): Pick<Checkpoint, 'origin'> {
  if (!report.map.has('origin')) return {}
  const origin = report.object('origin')
  return {
    origin: {
      repository: origin.text('repository'),
      revision: origin.textOrNull('revision'),
      commit: origin.text('commit'),
      from: origin.oneOf('from', ['hub', 'cache']),
    },
  }
}

function metadataOf(report: Member): ReadonlyMap<string, Plain> {
  return new Map([...report.object('metadata').map].map(([key, value]) => [key, plainOf(value)]))
}

/** What the pickles of the file import, which a reader of the report must still be told. */
function pickleOf(report: Member): Pick<Checkpoint, 'pickle'> {
  if (!report.map.has('pickle')) return {}
  const pickle = report.object('pickle')
  const imports = pickle.list('imports').map((one) => ({
    name: one.text('name'),
    within: one.text('within'),
    offset: one.count('offset'),
    count: one.count('count'),
    keyPath: one.textOrNull('keyPath'),
    allowed: one.truth('allowed'),
    dangerous: one.truth('dangerous'),
  }))
  return { pickle: { plainWeights: pickle.truth('plainWeights'), imports } }
}

/** What had not been compared then has not been now. */
function unverifiedOf(report: Member): Pick<Checkpoint, 'unverified'> {
  if (!report.map.has('unverified')) return {}
  const unverified = report.list('unverified').map((one) => ({
    file: one.text('file'),
    what: one.oneOf('what', unverifiedKinds),
    count: one.count('count'),
    bytes: one.count('bytes'),
  }))
  return { unverified }
}

function fileOf(file: Member): CheckpointFile {
  return {
    name: file.text('name'),
    bytes: file.count('bytes'),
    role: file.oneOf('role', ['weights', 'index', 'config']),
  }
}

function stateDictOf(member: Member, prefix: string, limits: Limits): StateDict {
  const tensors: Tensor[] = []
  const recorded = new Map<string, RecordedVerdict>()
  const ties = new Map<string, string>()
  for (const entry of member.list('tensors')) {
    const tensor = tensorOf(entry, limits)
    if (recorded.has(tensor.name)) throw entry.fault('name', 'a name that is not there yet')
    recorded.set(tensor.name, verdictOf(entry))
    const tiedTo = entry.textOrNull('tiedTo')
    if (tiedTo !== null) ties.set(tensor.name, tiedTo)
    tensors.push(tensor)
  }
  withinLimit(limits, 'checkpointTensors', tensors.length, 'the number of tensors in the report')
  const path = member.text('path')
  return {
    path: [prefix, path].filter((part) => part !== '').join('.'),
    role: member.oneOf('role', ['model', 'ema', 'optimizer', 'other']),
    order: member.oneOf('order', ['registration', 'unrecorded']),
    // A report may be of what --keep took.
    tensors: tieTogether(tensors, ties, { isPart: true }),
    ...valuesOf(member, tensors.length, recorded, limits),
    ...savedAsOf(member),
    facts: { recorded, ...moduleClassesOf(member) },
  }
}

/** Entries that are no tensors, at places that ascend. */
function valuesOf(
  member: Member,
  tensors: number,
  names: ReadonlyMap<string, unknown>,
  limits: Limits,
): Pick<StateDict, 'values'> {
  if (!member.map.has('values')) return {}
  const taken = new Set<string>()
  let before = 0
  const values = member.list('values').map((entry): ValueEntry => {
    const name = entry.text('name')
    if (names.has(name) || taken.has(name)) throw entry.fault('name', 'a name that is not there yet')
    taken.add(name)
    const position = entry.count('position')
    if (position < before || position > tensors)
      throw entry.fault('position', `a place from ${before} to ${tensors}`)
    before = position
    entry.oneOf('kind', ['other'])
    return {
      name,
      position,
      type: entry.textOrNull('type'),
      description: entry.text('description'),
      ...(entry.map.has('parts') ? { parts: partsOf(entry, limits) } : {}),
    }
  })
  withinLimit(limits, 'checkpointTensors', values.length, 'the number of values in the report')
  return { values }
}

/** Classes that the file declared. Those recognised from shapes are recognised again. */
function moduleClassesOf(member: Member): Pick<Facts, 'moduleClasses'> {
  const declared = member.list('modules').filter((one) => one.map.get('level') === 'declared')
  if (declared.length === 0) return {}
  const classes = declared.map((one): [string, string] => {
    const [first] = one.texts('classes')
    if (first === undefined) throw one.fault('classes', 'the name of a class')
    return [one.text('path'), first]
  })
  return { moduleClasses: new Map(classes) }
}

function tensorOf(entry: Member, limits: Limits): Tensor {
  const name = entry.text('name')
  const fail = (problem: string): SdinspectError =>
    new SdinspectError('format/malformed', `tensor ${quoted(name)}: ${problem}`, { tensor: name })
  const list = entry.map.get('shape')
  if (!(list instanceof NumberList)) throw entry.fault('shape', 'a list of whole numbers')
  return {
    name,
    dtype: dtypeOf(entry.map.get('dtype'), fail),
    ...shapeOf(list, name, limits, fail),
    bytes: entry.map.get('bytes') === null ? null : entry.count('bytes'),
    values: 'not in this file',
    tiedTo: null,
    ...(entry.map.has('representation')
      ? { representation: representationOf(entry.object('representation'), limits) }
      : {}),
  }
}

const kinds = ['parameter', 'buffer', 'other'] as const

function withoutValuesIn(entry: Member): { kindWithoutValues?: Kind } {
  return entry.map.has('kindWithoutValues')
    ? { kindWithoutValues: entry.oneOf('kindWithoutValues', kinds) }
    : {}
}

/** A share of one, as a number of JSON. */
function probabilityIn(entry: Member): { kindProbability?: number } {
  const found: unknown = entry.map.get('kindProbability')
  const value = found instanceof RealNumber ? found.value : found
  return typeof value === 'number' && value >= 0 && value <= 1 ? { kindProbability: value } : {}
}

function verdictOf(entry: Member): RecordedVerdict {
  return {
    kind: entry.oneOf('kind', kinds),
    kindLevel: entry.oneOf('kindLevel', levels),
    kindReason: entry.text('kindReason'),
    ...probabilityIn(entry),
    ...withoutValuesIn(entry),
    trainable: entry.oneOf('trainable', ['yes', 'no', 'unknown']),
    trainableLevel: entry.oneOf('trainableLevel', levels),
    trainableReason: entry.text('trainableReason'),
    ...(entry.map.has('countedAs') ? { countedAs: entry.text('countedAs') } : {}),
    ...(entry.map.has('quantised') ? { quantised: quantisationOf(entry.object('quantised')) } : {}),
  }
}
