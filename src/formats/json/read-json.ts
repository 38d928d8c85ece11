import { JsonReader } from '../../codec/json-reader.ts'
import { readSkeleton, type Skeleton, type SkeletonMap } from '../../codec/json-skeleton.ts'
import { quoted, SdinspectError } from '../../errors.ts'
import { withinLimit } from '../../limits.ts'
import type { Checkpoint, Plain, PlainMap } from '../../model/checkpoint.ts'
import type { Finding } from '../../model/finding.ts'
import { fileName } from '../../source/file-name.ts'
import type { ByteSource } from '../../source/source.ts'
import type { ReadContext } from '../format.ts'
import { isShardIndex } from '../shards/shard-index.ts'
import { readIndexed } from '../shards/sharded.ts'
import { isOptimizer, jsonOptimizer } from './optimizer.ts'
import { plainOf } from './plain.ts'
import { isReport, readReport } from './report.ts'
import { jsonStateDict } from './state-dict.ts'
import { firstOtherMember, isMap, tensorStyle } from './tensor-search.ts'
import { isTraining, trainingStateDicts } from './training.ts'
import { Values } from './values.ts'

/** Reads a JSON document. */
export async function readJson(source: ByteSource, context: ReadContext): Promise<Checkpoint> {
  const { limits } = context
  withinLimit(limits, 'jsonBytes', source.size, 'the size of the JSON document in bytes')
  const bytes = await source.read(0, source.size)
  const reader = new JsonReader(bytes, {
    what: 'the document',
    depth: limits.jsonDepth,
    longNames: limits.longNames,
    integerDigits: limits.integerDigits,
    lines: true,
    // Python's json.dump writes them, and torch has them; a finding says so.
    nonfinite: true,
  })
  const document = readSkeleton(reader, limits)
  reader.end()
  return readDocument(document, { name: fileName(source.name), bytes: source.size }, context)
}

interface File {
  readonly name: string
  readonly bytes: number
}

async function readDocument(document: Skeleton, file: File, context: ReadContext): Promise<Checkpoint> {
  const { limits } = context
  if (isMap(document) && document.has('weightsManifest'))
    throw new SdinspectError('unsupported/format', 'the document is the index of a TensorFlow.js model', {
      hint: 'tensorflowjs_converter turns the model into one of Keras, which is read',
    })
  if (!isMap(document)) throw noForm('it is no object')
  if (isShardIndex(document)) {
    withinLimit(limits, 'indexBytes', file.bytes, 'the size of the index in bytes')
    return readIndexed(plainOf(document) as PlainMap, file, context)
  }
  if (isReport(document)) return readReport(document, limits)
  return readStateDicts(document, file, context)
}

function readStateDicts(document: SkeletonMap, file: File, { limits }: ReadContext): Checkpoint {
  const values = new Values()
  const metadata = new Map<string, Plain>()
  const findings: Finding[] = []
  const around = { limits, values, metadata, findings, file: file.name }
  const read = () => {
    if (isOptimizer(document)) {
      return [jsonOptimizer(document, { ...around, path: '', role: 'optimizer' }).stateDict]
    }
    if (isTraining(document)) return trainingStateDicts(document, around)
    refuseOtherDocuments(document)
    return [jsonStateDict(document, { ...around, path: '', role: 'model' })]
  }
  const stateDicts = read()
  return {
    format: 'json',
    producer: null,
    files: [{ ...file, role: 'weights' }],
    metadata,
    side: {},
    stateDicts,
    findings,
    values: values.all(),
  }
}

/**
 * A document without descriptions is a state dict only when all of it is numbers: a configuration has lists
 * of numbers too, and must not be taken for tensors.
 */
function refuseOtherDocuments(document: SkeletonMap): void {
  const style = tensorStyle(document)
  if (style === 'manifest') return
  const other = firstOtherMember(document)
  if (style === 'lists' && other === undefined) return
  if (document.size === 0) throw noForm('it is an empty object')
  const said = document.get('error') ?? document.get('message') ?? document.get('detail')
  if (typeof said === 'string')
    throw new SdinspectError('format/unknown', `the file is what a server says: ${quoted(said)}`, {
      hint: 'it is sent in place of the file: download that again',
    })
  throw noForm(
    style === null ? 'it holds no tensors' : `${quoted(other ?? '')} is neither numbers nor lists of them`,
  )
}

function noForm(why: string): SdinspectError {
  return new SdinspectError('format/unknown', `the JSON document is none that sdinspect reads: ${why}`, {
    hint: 'it reads {name: {dtype, shape}}, {name: nested lists}, either of them under "state_dict" or "model", *.index.json with "weight_map", and its own reports',
  })
}
