import { RealNumber, type Skeleton, type SkeletonMap } from '../../codec/json-skeleton.ts'
import { NumberList } from '../../codec/number-list.ts'
import { quoted, SdinspectError } from '../../errors.ts'
import { type Limits, withinLimit } from '../../limits.ts'
import type { Checkpoint, CheckpointFile, Plain, RecordedVerdict, StateDict } from '../../model/checkpoint.ts'
import type { Finding } from '../../model/finding.ts'
import { schemaVersion } from '../../model/report.ts'
import type { Tensor } from '../../model/tensor.ts'
import { levels } from '../../model/verdict.ts'
import { dtypeOf, shapeOf } from './manifest-entry.ts'
import { plainOf } from './plain.ts'
import { isMap } from './tensor-search.ts'

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
  }
}

function metadataOf(report: Member): ReadonlyMap<string, Plain> {
  const metadata = report.map.get('metadata')
  if (!isMap(metadata)) throw report.fault('metadata', 'an object')
  return new Map([...metadata].map(([key, value]) => [key, plainOf(value)]))
}

function fileOf(file: Member): CheckpointFile {
  return {
    name: file.text('name'),
    bytes: file.count('bytes'),
    role: file.oneOf('role', ['weights', 'index', 'config']),
  }
}

function findingOf(finding: Member): Finding {
  const optional = (key: 'file' | 'tensor' | 'fix'): Partial<Finding> =>
    finding.map.has(key) ? { [key]: finding.text(key) } : {}
  return {
    rule: finding.text('rule'),
    level: finding.oneOf('level', ['error', 'warning', 'info']),
    message: finding.text('message'),
    ...optional('file'),
    ...optional('tensor'),
    ...optional('fix'),
  }
}

function stateDictOf(member: Member, prefix: string, limits: Limits): StateDict {
  const tensors: Tensor[] = []
  const recorded = new Map<string, RecordedVerdict>()
  for (const entry of member.list('tensors')) {
    const tensor = tensorOf(entry, limits)
    if (recorded.has(tensor.name)) throw entry.fault('name', 'a name that is not there yet')
    recorded.set(tensor.name, verdictOf(entry))
    tensors.push(tensor)
  }
  withinLimit(limits, 'checkpointTensors', tensors.length, 'the number of tensors in the report')
  const path = member.text('path')
  return {
    path: [prefix, path].filter((part) => part !== '').join('.'),
    role: member.oneOf('role', ['model', 'ema', 'optimizer', 'other']),
    order: member.oneOf('order', ['registration', 'unrecorded']),
    tensors,
    facts: { recorded },
  }
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
    storage: null,
    tiedTo: entry.textOrNull('tiedTo'),
  }
}

function verdictOf(entry: Member): RecordedVerdict {
  return {
    kind: entry.oneOf('kind', ['parameter', 'buffer', 'other']),
    kindLevel: entry.oneOf('kindLevel', levels),
    kindReason: entry.text('kindReason'),
    trainable: entry.oneOf('trainable', ['yes', 'no', 'unknown']),
    trainableLevel: entry.oneOf('trainableLevel', levels),
    trainableReason: entry.text('trainableReason'),
  }
}

/** An object of a report, and its fields as the schema has them. */
class Member {
  readonly map: SkeletonMap
  readonly path: string

  constructor(map: SkeletonMap, path: string) {
    this.map = map
    this.path = path
  }

  fault(key: string, expected: string): SdinspectError {
    const at = this.path === '' ? key : `${this.path}.${key}`
    return new SdinspectError(
      'format/malformed',
      `the report's ${quoted(at)} is ${shown(this.map.get(key))}, expected ${expected}`,
    )
  }

  text(key: string): string {
    const value = this.map.get(key)
    if (typeof value !== 'string') throw this.fault(key, 'a text')
    return value
  }

  textOrNull(key: string): string | null {
    return this.map.get(key) === null ? null : this.text(key)
  }

  count(key: string): number {
    const value = this.map.get(key)
    if (typeof value !== 'number' || value < 0) throw this.fault(key, 'a count')
    return value
  }

  oneOf<T extends string>(key: string, allowed: readonly T[]): T {
    const value = allowed.find((one) => one === this.map.get(key))
    if (value === undefined) throw this.fault(key, allowed.join(', '))
    return value
  }

  list(key: string): Member[] {
    const value = this.map.get(key)
    if (value instanceof NumberList && value.shape[0] === 0) return []
    if (!Array.isArray(value)) throw this.fault(key, 'a list of objects')
    return value.map((one: Skeleton, index) => {
      if (!isMap(one)) throw this.fault(`${key}.${index}`, 'an object')
      return new Member(one, `${this.path === '' ? '' : `${this.path}.`}${key}.${index}`)
    })
  }
}

function shown(value: Skeleton | undefined): string {
  if (value === undefined) return 'missing'
  if (typeof value === 'string') return quoted(value)
  if (value instanceof RealNumber) return String(value.value)
  if (value instanceof NumberList || Array.isArray(value)) return 'a list'
  return isMap(value) ? 'an object' : String(value)
}
